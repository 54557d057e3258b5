import TestSupport
import Testing

/// What the command line says when it is not understood.
@Suite(.timeLimit(.minutes(1)))
struct UsageTests {
    @Test func `without a verb, the verbs are listed and the code is 2`() async throws {
        let run = try await Command.latchkey()
        #expect(
            run
                == .refused(
                    2,
                    """
                    say what to do

                    usage: latchkey VERB [options]

                      serve    build the site when it has changed, and serve it with its endpoints
                      build    render the site into its output folder
                      check    look for problems in templates, strings and providers, and write nothing
                      render   render one template to standard output
                      try      go through a provider's sign-in from a terminal, and keep nothing of it
                      link     connect an account from a terminal, over SSH, too: with a code, an address, or its keys
                      status   show all accounts: whose they are, how they stand, and until when
                      token    print a token that works now, and nothing else: for scripts
                      exec     run a command with a token that works now in its environment, such as TRAKT_ACCESS_TOKEN
                      unlink   disconnect an account: its tokens are revoked at the provider, and forgotten here
                      apikey   make, list and revoke the keys with which apps ask for tokens
                      key      make or replace the key that seals tokens and secrets
                      backup   put the whole data folder into one file, under a passphrase
                      restore  put what 'backup' saved back into the data folder, sealed with the present key
                      passwd   set the password of 'serve --sign-in password'; whoever is signed in has to sign in again
                      audit    show who did what with whose account
                      doctor   say whether the configuration, the data and the public address are as they should be

                    'latchkey help VERB' tells its options. Each is also an environment variable (LATCHKEY_…) and a key of latchkey.json5.
                    """))
    }

    @Test(arguments: [
        (["srve"], "'srve' is not a verb; did you mean 'serve'?"),
        (
            ["frobnicate"],
            "'frobnicate' is not a verb; available: apikey, audit, backup, build, check, doctor, exec, key, link, passwd, render, restore, serve, status, token, try, unlink"
        ),
        (["help", "buld"], "'buld' is not a verb; did you mean 'build'?"),
        (["build", "--outptu", "x"], "unknown option '--outptu'; did you mean '--output'?"),
        (["serve", "--trust"], "unknown option '--trust'; did you mean '--trust-network'?"),
        (["build", "--output"], "--output needs a value: --output DIR"),
        (["build", "--output="], "--output needs a value: --output DIR"),
        (["build", "--output", "a", "--output", "b"], "--output is given twice"),
        (["serve", "--demo=1"], "--demo takes no value"),
        (["build", "-x"], "'-x' is not an option; options begin with two dashes"),
        (["build", "extra"], "build takes no arguments; name the folder with --site"),
        (["check", "extra"], "check takes no arguments; name the folder with --site"),
        (["serve", "extra"], "serve takes no arguments"),
        (["render"], "render needs one template: latchkey render TEMPLATE"),
        (["render", "a", "b"], "render needs one template: latchkey render TEMPLATE"),
    ]) func `a word that is not understood is named, with the right one`(words: [String], sentence: String) async throws
    {
        #expect(try await Command.latchkey(words) == .refused(2, sentence))
    }

    @Test(arguments: [
        (
            ["--allow-frame", "https://dash.example/page"],
            "--allow-frame 'https://dash.example/page' should be an origin such as https://dash.example, or self"
        ),
        (
            ["--allow-frame", "https://dash.example:99999"],
            "--allow-frame 'https://dash.example:99999' should be an origin such as https://dash.example, or self"
        ),
        (
            ["--allow-frame", "https://*.example"],
            "--allow-frame 'https://*.example' should be an origin such as https://dash.example, or self"
        ),
        (
            ["--allow-host", "http://nas.lan"],
            "--allow-host 'http://nas.lan' should be a host name such as nas.lan, without scheme and port"
        ),
        (
            ["--allow-host", "nas.lan:80"],
            "--allow-host 'nas.lan:80' should be a host name such as nas.lan, without scheme and port"
        ),
        (["--session-idle-days", "3"], "--session-idle-days is for --sign-in password and oidc"),
        (["--log-level", "loud"], "--log-level 'loud' should be off, warning, info or debug"),
        (["--log-format", "xml"], "--log-format 'xml' should be text or json"),
        (
            ["--public-url", "ftp://x"],
            "--public-url 'ftp://x' does not begin with http:// or https://; "
                + "it should be an address such as https://latchkey.example/"
        ),
        (["--base-path", "x"], "--base-path 'x' should begin and end with a slash, such as /settings/"),
        (["--pending-limit", "0"], "--pending-limit '0' should be a number from 1 to 10000000"),
        (["--account-limit", "many"], "--account-limit 'many' should be a number from 1 to 10000000"),
        (["--threads", "0"], "--threads '0' should be a number from 1 to 64"),
        (
            ["--listen", "nonsense"],
            "'nonsense' is not an address; write 127.0.0.1:8787, [::1]:8787, unix:/run/latchkey.sock or systemd"
        ),
        (
            ["--listen", "systemd"],
            "--listen systemd: systemd has passed no such socket; start latchkey by a socket unit"
        ),
        (["--socket-mode", "rw"], "--socket-mode 'rw' should be an octal number such as 0660"),
        (["--socket-mode", "1777"], "--socket-mode '1777' should be an octal number such as 0660"),
        (["--socket-owner", "nobody:no such"], "--socket-owner: there is no group 'no such'"),
        (["--host", "x"], "--host 'x' should be PROVIDER.NAME=URL"),
        (
            ["--host", "trakt.auht=https://x.example"],
            "--host: no provider has a host named 'trakt.auht'; did you mean 'trakt.auth'?"
        ),
        (
            ["--host", "trakt.auth=http://x.example"],
            "--host: the address for 'trakt.auth' must be https, or http to this machine, without a query: 'http://x.example'"
        ),
        (
            ["--listen", "unix:/tmp/x.sock"],
            "a unix socket has no address of its own: say how people reach it with --public-url"
        ),
    ]) func `a value that makes no sense is refused before anything listens`(
        words: [String], sentence: String
    ) async throws {
        let folder = try TemporaryFolder()
        let run = try await Command.latchkey(["serve", "--site", folder("site"), "--data", folder("data")] + words)
        #expect(run == .refused(2, sentence))
    }

    @Test(arguments: ["serve", "build", "check", "render"]) func `each verb tells its options`(verb: String)
        async throws
    {
        let asked = try await Command.latchkey(verb, "--help")
        #expect(asked.code == 0)
        #expect(asked.errors == "")
        #expect(asked.output.hasPrefix("usage: latchkey \(verb)"))
        #expect(asked.output.contains("\noptions:\n  --"))
        #expect(try await Command.latchkey("help", verb) == asked)
    }

    @Test func `the version is told`() async throws {
        #expect(try await Command.latchkey("--version") == Command(code: 0, output: "latchkey 0.4.0\n", errors: ""))
    }

    @Test func `listening beyond this machine needs a word of consent`() async throws {
        let folder = try TemporaryFolder()
        let words = ["serve", "--site", folder("site"), "--data", folder("data"), "--listen", "0.0.0.0:0"]
        let refused = try await Command.latchkey(words)
        #expect(
            refused
                == .refused(
                    2,
                    "refusing to listen on 0.0.0.0:0: without sign-in, whoever reaches it could read your tokens. Say --sign-in password, or listen on 127.0.0.1, or say --trust-network"
                ))
        // To the system, a zero in front makes the number octal.
        let octal = try await Command.latchkey(words.dropLast() + ["127.0.0.010:0"])
        #expect(octal.code == 2 && octal.errors.contains("refusing to listen on 127.0.0.010:0: "))
        let running = try await RunningLatchkey(words + ["--trust-network"])
        #expect(running.url.hasPrefix("http://127.0.0.1:"))
        #expect(await running.process.terminate() == .exited(code: 0))
        let named = try await RunningLatchkey(words + ["--trust-network", "--public-url", "http://nas.lan:8080"])
        #expect(named.url == "http://nas.lan:8080")
    }

    @Test func `a port that is taken ends with code 3 and a sentence`() async throws {
        try await TestServer.run { taken in
            let folder = try TemporaryFolder()
            let run = try await Command.latchkey(
                "serve", "--site", folder("site"), "--data", folder("data"), "--listen", "127.0.0.1:\(taken.port)")
            #expect(
                run
                    == .refused(
                        3,
                        "cannot listen on 127.0.0.1:\(taken.port): another program does. Stop it, or choose another address with --listen"
                    ))
        }
    }

    @Test func `a data folder serves one process at a time`() async throws {
        let folder = try TemporaryFolder()
        let words = ["serve", "--site", folder("site"), "--data", folder("data"), "--listen", "127.0.0.1:0"]
        let first = try await RunningLatchkey(words)
        let second = try await Command.latchkey(words)
        #expect(
            second
                == .refused(
                    3,
                    "the data folder '\(folder("data"))' is in use by another latchkey; stop that one, or choose another with --data"
                ))
        #expect(await first.process.terminate() == .exited(code: 0))
    }
}
