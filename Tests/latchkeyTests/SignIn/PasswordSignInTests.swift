import Files
import TestSupport
import Testing

/// `--sign-in password`, seen from outside.
@Suite(.timeLimit(.minutes(2))) struct PasswordSignInTests {
    @Test func `nothing but the sign-in is open to those who are not signed in`() async throws {
        let world = try await World(["--sign-in", "password"])
        try await world.setPassword("correct-horse")
        let page = try await world.get("/")
        #expect(page.status == 303 && page.headers["Location"] == "./sign-in/")
        #expect(page.headers["Cache-Control"] == "no-store")
        for path in ["/api/auth/providers", "/api/auth/providers/html", "/api/status", "/api/events", "/api/config"] {
            let answer = try await world.get(path)
            #expect(answer.status == 401)
            #expect(answer.json.text("error") == "not_signed_in")
        }
        for path in ["/healthz", "/sign-in/", "/assets/latchkey.css", "/assets/latchkey.js", "/logos/trakt.svg"] {
            #expect(try await world.get(path).status == 200, "\(path)")
        }
        let session = try await world.signIn("correct-horse")
        for path in ["/", "/api/auth/providers", "/api/auth/providers/html", "/api/status", "/api/config"] {
            #expect(try await world.get(path, ["Cookie": session]).status == 200, "\(path)")
        }
        // A session survives a crash, and no file holds what lets people in.
        let kept = String(decoding: try Files.read(world.folder("data/sign-in/sessions.json")), as: UTF8.self)
        #expect(!kept.contains(session.drop { $0 != "=" }.dropFirst()))
        try await world.crash()
        #expect(try await world.get("/", ["Cookie": session]).status == 200)
        // Another password ends it.
        try await world.setPassword("battery-staple")
        #expect(try await world.get("/", ["Cookie": session]).status == 303)
        let log = try world.log
        #expect(!log.contains("correct-horse"))
    }

    @Test(arguments: [
        ("short\n", "the password needs 8 characters at least"), ("", "there is no password on standard input"),
        (String(repeating: "x", count: 1025) + "\n", "the password has more than 1024 bytes"),
    ]) func `a password that cannot be one is refused`(input: String, sentence: String) async throws {
        let world = try await World(["--sign-in", "password"])
        let run = try await world.passwd(input)
        #expect(run.code != 0 && run.output == "")
        #expect(run.errors == "latchkey: \(sentence)\n")
        // The code that was printed is good as before.
        #expect(try await world.get("/sign-in/").text.contains("name=\"code\""))
    }

    private func run(_ program: String, _ arguments: String...) async throws -> String {
        let process = try ProcessHandle(program, arguments)
        #expect(await process.waitForEnd() == .exited(code: 0))
        return process.output.text
    }

    @Test(.enabled(if: ProxyProgram.isRoot, "only the superuser gives files away"))
    func `an administrator sets the password for the user who runs the server`() async throws {
        let folder = try TemporaryFolder()
        let shell = "printf 'correct-horse\n' | \"$0\" passwd --data \"$1\""
        _ = try await run("/bin/mkdir", folder("data"))
        _ = try await run("/bin/chown", "nobody", folder("data"))
        _ = try await run("/bin/sh", "-c", shell, RunningLatchkey.binary, folder("data"))
        for name in ["data/sign-in", "data/sign-in/password.json"] {
            #expect(try await run("/usr/bin/stat", "-c", "%U", folder(name)) == "nobody\n")
        }
    }

    @Test func `a demonstration has a password of its own`() async throws {
        let folder = try TemporaryFolder()
        let shell = "printf 'correct-horse\n' | \"$0\" passwd --demo --data \"$1\""
        #expect(
            try await run("/bin/sh", "-c", shell, RunningLatchkey.binary, folder("data"))
                == "The password for \(folder("data/demo")) is set. Whoever was signed in has to sign in again.\n")
        #expect(Files.kind(of: folder("data/demo/sign-in/password.json")) == .file)
    }

    @Test func `data are not kept where the site is served from`() async throws {
        let folder = try TemporaryFolder()
        for name in ["site/Output", "site/Output/data"] {
            #expect(
                try await Command.latchkey("serve", "--site", folder("site"), "--data", folder(name))
                    == .refused(
                        2, "--data '\(folder(name))' lies in the output folder, which is served: name another one"))
        }
    }
}
