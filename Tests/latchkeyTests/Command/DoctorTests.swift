import Files
import HTTP
import JSON
import TestSupport
import Testing

/// `latchkey doctor`, beside servers of all kinds.
@Suite(.timeLimit(.minutes(2))) struct DoctorTests {
    /// `--listen` is the world's; the rest is what the server was started with.
    private func doctor(_ folder: TemporaryFolder, _ arguments: [String] = []) async throws -> Command {
        try await Command.latchkey(
            ["doctor", "--data", folder("data"), "--site", folder("site")] + arguments)
    }

    private func lines(_ run: Command, _ topic: String) -> [String] {
        run.output.split(separator: "\n\(String(repeating: " ", count: 24))").joined(separator: " ").split(
            separator: "\n"
        )
        .filter { $0.dropFirst(9).hasPrefix(topic) }
        .map { $0.prefix(8).trimming + ": " + $0.dropFirst(24) }
    }

    @Test func `a server as it should be has nothing to be told`() async throws {
        let world = try await World()
        let run = try await doctor(world.folder)
        #expect(run.code == 0 && run.errors == "")
        let url = try world.url
        #expect(lines(run, "address") == ["ok: \(url)/ leads here."])
        #expect(
            Set(lines(run, "redirect")).isSuperset(of: [
                "ok: SIMKL is given \(url)/simkl/oauth-callback/", "ok: Trakt is given \(url)/trakt/oauth-callback/",
            ]))
        #expect(lines(run, "data") == ["ok: \(world.folder("data")) is private, and can be written to."])
        #expect(lines(run, "sign-in") == ["ok: Nobody is asked: whoever uses this machine owns the accounts."])
        #expect(!run.output.contains("warning") && !run.output.contains("problem "))
        let json = try JSON.parse(Array(try await doctor(world.folder, ["--json"]).output.utf8))
        #expect(json["ok"] == true && (json["findings"]?.arrayValue?.count ?? 0) >= 7)
    }

    @Test func `nothing runs, and nothing is made`() async throws {
        let folder = try TemporaryFolder()
        let run = try await doctor(folder, ["--sign-in", "password"])
        #expect(run.code == 0)
        #expect(
            lines(run, "address") == [
                "warning: No server runs with this data folder, so the public address was not tried. "
                    + "Start latchkey serve, and run latchkey doctor beside it."
            ])
        #expect(
            lines(run, "sign-in") == [
                "warning: No password is set yet. Run latchkey passwd, or use the code that serve prints when it starts."
            ])
        #expect(try Files.names(in: folder.path) == [])
    }

    @Test func `a public address where somebody else answers is a problem`() async throws {
        // Something that is no Latchkey: the simulated providers' server.
        let other = try await World()
        let world = try await World(["--public-url", other.server.url + "/"])
        let run = try await doctor(world.folder)
        #expect(run.code == 1 && run.errors == "latchkey: there is a problem\n")
        #expect(
            lines(run, "address") == [
                "problem: Something else answers at \(other.server.url)/ (HTTP 404). "
                    + "Let the proxy forward every path below it to Latchkey."
            ])
        let wrong = try await World(["--public-url", try other.url + "/"])
        #expect(
            lines(try await doctor(wrong.folder), "address") == [
                "problem: Another Latchkey answers at \(try other.url)/. "
                    + "Let the proxy forward to this one, or correct --public-url."
            ])
    }

    @Test func `a data folder that others can write to, and a file that is broken, are problems`() async throws {
        let folder = try TemporaryFolder()
        try folder.write("{", to: "data/default.json")
        let process = try ProcessHandle("/bin/chmod", ["777", folder("data")])
        #expect(await process.waitForEnd() == .exited(code: 0))
        let run = try await doctor(folder)
        #expect(run.code == 1 && run.errors == "latchkey: there are 2 problems\n")
        #expect(
            lines(run, "data") == [
                "problem: \(folder("data")) can be written to by others. chmod 700 '\(folder("data"))'",
                "problem: \(folder("data/default.json")) is not valid JSON. Mend it, or move it away: Latchkey does not "
                    + "overwrite what it cannot read.",
            ])
    }

    @Test func `a configuration that is not understood is a problem`() async throws {
        let folder = try TemporaryFolder()
        try folder.write("{ name: 'x' ", to: "site/Templates/providers/x.json5")
        let run = try await doctor(folder, ["--listen", "192.0.2.1:80"])
        #expect(run.code == 1)
        #expect(lines(run, "configuration").first?.hasPrefix("problem: Refusing to listen on 192.0.2.1:80: ") == true)
        #expect(lines(run, "site").first?.hasPrefix("problem: ") == true)
        #expect(lines(run, "site").first?.contains("x.json5:1:") == true)
    }

    @Test func `a socket that systemd will pass is no problem here`() async throws {
        let run = try await doctor(
            try TemporaryFolder(), ["--listen", "systemd", "--public-url", "https://latchkey.example/"])
        #expect(run.code == 0)
        #expect(lines(run, "configuration") == ["ok: It is understood."])
        #expect(lines(run, "redirect").last == "ok: Trakt is given https://latchkey.example/trakt/oauth-callback/")
    }

    @Test func `the file of a running server is private, and goes with it`() async throws {
        let world = try await World()
        let path = world.folder("data/running.json")
        #expect(try Files.permissions(of: path) == 0o600)
        _ = try await world.stop()
        #expect(Files.kind(of: path) == nil)
    }

    /// HAProxy on plain http, which says that it does TLS for clients, as one behind another proxy does.
    private func proxy(_ port: Int, to world: World) async throws -> ProcessHandle {
        let text = """
            frontend http
                mode http
                bind 127.0.0.1:\(port)
                timeout client 60s
                http-request set-header X-Forwarded-For %[src]
                http-request set-header X-Forwarded-Proto https
                default_backend latchkey
            backend latchkey
                mode http
                timeout connect 5s
                timeout server 60s
                server latchkey 127.0.0.1:\(try world.port)

            """
        try world.folder.write(text, to: "haproxy.conf")
        let process = try ProcessHandle(
            ProxyProgram.haproxy.path, ["-db", "-f", world.folder("haproxy.conf")], environment: [:])
        #expect(await process.isListening(port))
        return process
    }

    @Test(.enabled(if: ProxyProgram.areThere, "`make test` brings the proxies"))
    func `a proxy that is not listed is found out, and then that it says https where http was configured`() async throws
    {
        let port = try #require(Loopback.freePort())
        let url = "http://127.0.0.1:\(port)/"
        let first = try await World(["--public-url", url])
        let before = try await proxy(port, to: first)
        let message = "A proxy forwards requests from 127.0.0.1, and it is not listed: all its clients count as one."
        #expect(
            lines(try await doctor(first.folder), "address")
                == ["warning: \(message) Start Latchkey with --trusted-proxy 127.0.0.1"])
        let check = try await first.get("/api/address/check?page=\(url)")
        #expect(check.json[path: "findings.0.message"] == .string(message))
        before.kill()
        _ = await before.waitForEnd()
        let second = try await World(["--public-url", url, "--trusted-proxy", "127.0.0.1"])
        let after = try await proxy(port, to: second)
        let run = try await doctor(second.folder)
        #expect(run.code == 1)
        #expect(
            lines(run, "address") == [
                "problem: The proxy says https, and you configured http. "
                    + "Start Latchkey with --public-url https://127.0.0.1:\(port)/"
            ])
        // Whoever saves something is told the same.
        let refused = try await second.post("/api/trakt/disconnect", nil, ["Origin": "https://127.0.0.1:\(port)"])
        #expect(
            refused.json.text("hint")
                == "The page was opened by another scheme than \(url) says: correct --public-url.")
        after.kill()
    }
}

extension Substring {
    fileprivate var trimming: String { String(prefix { $0 != " " }) }
}
