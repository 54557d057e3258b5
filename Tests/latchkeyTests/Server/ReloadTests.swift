import Files
import Glibc
import HTTP
import JSON
import Simulator
import TestSupport
import Testing

/// `SIGHUP`: the configuration and the site are read anew, and nobody notices.
@Suite(.timeLimit(.minutes(2)))
struct ReloadTests {
    let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    /// A server whose configuration is in a file.
    private func serve(_ configuration: String) async throws -> (running: RunningLatchkey, port: Int) {
        try folder.write(configuration, to: "site/latchkey.json5")
        let running = try await RunningLatchkey(
            ["serve", "--site", folder("site")], environment: ["HOME": folder.path])
        return (running, try #require(Int(running.url.split(separator: ":").last ?? "")))
    }

    private func request(_ path: String, host: String = "localhost") -> String {
        "GET \(path) HTTP/1.1\r\nHost: \(host)\r\n\r\n"
    }

    @Test func `a reload changes what is served and what is allowed, on the connections that are there`() async throws {
        let (running, port) = try await serve(#"{ listen: "127.0.0.1:0", title: "Before" }"#)
        let client = try await RawClient.connect(port: port)
        try await client.send(request("/"))
        #expect(try await client.response().text.contains("<title>Before"))
        let feed = try await EventFeed(port: port)
        _ = try await feed.next()
        try folder.write(
            """
            {
              listen: "127.0.0.1:0", title: "After", allow_host: "new.example", body_limit: "1K", log_level: "debug",
              data: "/elsewhere", threads: 3,
            }
            """, to: "site/latchkey.json5")
        running.process.signal(SIGHUP)
        let restart = await running.process.errors.line { $0.contains("restart needed") }
        #expect(restart == #"warning restart needed options="threads, data""#)
        #expect(running.process.errors.lines.contains { $0.hasPrefix("info reloaded providers=") })
        try await client.send(request("/", host: "new.example"))
        #expect(try await client.response().text.contains("<title>After"))
        #expect(await running.process.errors.line { $0.hasPrefix("debug request") } != nil)
        // The stream that was open is told what happens from now on.
        let body = #"{"trakt":{"client_id":"x"}}"#
        try await client.send(
            "POST /api/config HTTP/1.1\r\nHost: localhost\r\nOrigin: http://localhost:\(port)\r\n"
                + "Content-Type: application/json\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)")
        #expect(try await client.response().status == 200)
        while try await feed.next().data.text("state") != "needs_sign_in" {}
        try await client.send("POST /api/config HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1025\r\n\r\n")
        #expect(try await client.response().status == 413)
        #expect(await running.process.terminate() == .exited(code: 0))
    }

    @Test func `a configuration or a site that is broken is told of, and everything stays as it was`() async throws {
        let (running, port) = try await serve(#"{ listen: "127.0.0.1:0", title: "Good" }"#)
        let client = try await RawClient.connect(port: port)
        func serves(_ title: String) async throws -> Bool {
            try await client.send(request("/"))
            return try await client.response().text.contains("<title>\(title)")
        }
        let broken = [
            (#"{ title: "Bad", body_limit: "1" }"#, "--body-limit '1' should be a size from 1K to 64M, such as 64K"),
            (#"{ title: "Bad", nonsense: 1 }"#, "latchkey.json5:1:17: error: 'nonsense' is not an option"),
            (#"{ title: "Bad", base_path: "/a//b/" }"#, "the base path “/a//b/” must begin and end with /"),
        ]
        for (configuration, reason) in broken {
            try folder.write(configuration, to: "site/latchkey.json5")
            running.process.signal(SIGHUP)
            let line = await running.process.errors.line { $0.contains("not reloaded") && $0.contains(reason) }
            #expect(line != nil, "\(reason)")
            #expect(try await serves("Good"))
        }
        try folder.write("{ title: 'Good' }", to: "site/latchkey.json5")
        try folder.write("{ nothing: 1 }", to: "site/Templates/providers/broken.json5")
        running.process.signal(SIGHUP)
        #expect(await running.process.errors.line { $0.contains("Templates/providers/broken.json5") } != nil)
        #expect(try await serves("Good"))
        try Files.remove(folder("site/Templates"))
        try folder.write("{ title: 'Better' }", to: "site/latchkey.json5")
        running.process.signal(SIGHUP)
        #expect(await running.process.errors.line { $0.hasPrefix("info reloaded providers=") } != nil)
        #expect(try await serves("Better"))
        #expect(await running.process.terminate() == .exited(code: 0))
    }

    @Test func `sign-ins that are going on go on`() async throws {
        let world = try await World()
        try await world.enterKeys()
        let before = try await world.begin(.trakt)
        let approval = try await world.post("/api/trakt/pin/new")
        #expect(approval.json["user_code"] == before["user_code"])
        try world.signal(SIGHUP)
        #expect(try await world.waitForLog("info reloaded") != nil)
        #expect(try await world.get("/api/trakt/pin/status").json["user_code"] == before["user_code"])
        world.simulator.approve(.trakt)
        try await world.status(.trakt, is: "connected")
        #expect(world.simulator.counts(.trakt)["POST /oauth/device/code"] == 1)
    }

    @Test func `a reload under load loses no request`() async throws {
        let (running, port) = try await serve(#"{ listen: "127.0.0.1:0" }"#)
        let client = try await RawClient.connect(port: port)
        for number in 1...10 {
            running.process.signal(SIGHUP)
            for path in ["/", "/healthz", "/api/status"] {
                try await client.send(request(path))
                #expect(try await client.response().status == 200, "\(number) \(path)")
            }
        }
        let told = await running.process.errors.line { $0.contains("reloaded") }
        #expect(told?.hasPrefix("info reloaded providers=") == true)
        #expect(await running.process.terminate() == .exited(code: 0))
    }
}
