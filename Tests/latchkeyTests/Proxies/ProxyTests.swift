import HTTP
import JSON
import Simulator
import TestSupport
import Testing

/// Latchkey behind the real proxies, in the configurations of Docs/reverse-proxy.md.
@Suite(.enabled(if: ProxyProgram.areThere, "`make test` brings the proxies"), .timeLimit(.minutes(2)))
struct ProxyTests {
    @Test(arguments: ProxyProgram.allCases, ProxyGuide.Place.allCases)
    func `everything works behind it`(program: ProxyProgram, place: ProxyGuide.Place) async throws {
        let proxied = try await ProxiedWorld.start(program, place)
        try await expectSite(proxied)
        try await expectClient(proxied, program)
        try await proxied.world.enterKeys()
        try await expectCode(proxied)
        try await expectRedirect(proxied)
        try await expectUploads(proxied)
    }

    /// The page and its files, unchanged, compressed, and nothing beside them.
    private func expectSite(_ proxied: ProxiedWorld) async throws {
        let (world, place) = (proxied.world, proxied.place)
        let page = try await world.get("/")
        #expect(page.status == 200 && page.text.contains("<title>Latchkey</title>"))
        let style = try await world.get("/assets/latchkey.css", ["Accept-Encoding": "br"])
        #expect(style.status == 200 && style.headers["Content-Encoding"] == "br")
        #expect(style.headers["Vary"] == "Accept-Encoding")
        let zipped = try await world.get("/assets/latchkey.css", ["Accept-Encoding": "gzip"])
        #expect(zipped.status == 200 && zipped.headers["Content-Encoding"] == "gzip")
        let tag = try #require(style.headers["ETag"])
        let again = try await world.get("/assets/latchkey.css", ["Accept-Encoding": "br", "If-None-Match": tag])
        #expect(again.status == 304 && again.body.isEmpty)
        let head = try await world.send("HEAD", "/assets/latchkey.js")
        #expect(head.status == 200 && head.headers["ETag"] != nil)
        let part = try await world.get("/assets/latchkey.js", ["Range": "bytes=0-9"])
        #expect(part.status == 206 && part.body.count == 10)
        for path in ["/api/auth/providers", "/api/auth/providers/html", "/api/status", "/healthz"] {
            #expect(try await world.get(path).status == 200, "\(path)")
        }
        #expect(try await world.get("/no-such-page").status == 404)
        guard place == .path else { return }
        let origin = try world.origin
        let bare = try await proxied.client.send(url: origin + "/settings")
        #expect(bare.status == 301)
        #expect(["/settings/", origin + "/settings/"].contains(bare.headers["Location"]))
        let other = try await proxied.client.send(url: origin + "/other/")
        #expect(!other.text.contains("Latchkey"))
    }

    /// The log names the client and not the proxy, whatever the client says; another host is not served.
    private func expectClient(_ proxied: ProxiedWorld, _ program: ProxyProgram) async throws {
        let world = proxied.world
        let forged: HeaderFields = [
            "X-Forwarded-For": "203.0.113.9", "Forwarded": "for=203.0.113.9;host=evil.example;proto=http",
            "X-Forwarded-Host": "evil.example", "X-Real-IP": "203.0.113.9",
        ]
        let answer = try await world.get("/api/trakt/status", forged)
        #expect(answer.status == 200 && !answer.text.contains("evil"))
        #expect(try await world.waitForLog("/api/trakt/status 200")?.contains(ProxiedClient.address + " GET") == true)
        #expect(try !world.log.contains("203.0.113.9"))
        let other = try await world.get("/api/status", ["Host": "evil.example"])
        switch (program, proxied.place) {
        case (.caddy, _): #expect(other.status == 200 && other.body.isEmpty)
        case (.haproxy, .path): #expect(other.status == 503)
        default: #expect(other.status == 421 && other.text.contains("This server does not answer for that host name"))
        }
        let foreign = try await world.post("/api/trakt/disconnect", nil, ["Origin": "https://evil.example"])
        #expect(foreign.status == 403 && foreign.json.text("error") == "foreign_origin")
    }

    /// A code is approved, and the page hears of it while the stream of events goes on.
    private func expectCode(_ proxied: ProxiedWorld) async throws {
        let world = proxied.world
        let events = try proxied.client.curl("/api/events", ["--no-buffer"])
        #expect(await events.output.line { $0.contains("needs_sign_in") } != nil)
        #expect(try await world.begin(.trakt).text("user_code") != "")
        #expect(await events.output.line { $0.contains("trakt") && $0.contains("\"state\":\"pending\"") } != nil)
        world.simulator.approve(.trakt)
        #expect(await events.output.line { $0.contains("trakt") && $0.contains("\"state\":\"connected\"") } != nil)
        events.kill()
        #expect(try await world.post("/api/trakt/disconnect").status == 200)
    }

    /// A sign-in by redirect: the address is the public one in both legs, and the cookie is for https.
    private func expectRedirect(_ proxied: ProxiedWorld) async throws {
        let world = proxied.world
        let begun = try await world.post("/api/simkl/authorize")
        #expect(begun.status == 200 && begun.headers["Set-Cookie"]?.contains("; Secure") == true)
        #expect(try await world.post("/api/simkl/pin/cancel").status == 200)
        let journey = try await world.depart(.trakt)
        #expect(journey.redirectURI == proxied.client.url("/trakt/oauth-callback/"))
        let query = try await world.decide(journey)
        let back = try await world.arrive(.trakt, query, cookie: journey.cookie)
        #expect(back.status == 303)
        #expect(back.headers["Location"] == proxied.client.url("/#sec-trakt"))
        #expect(
            back.headers.fields.allSatisfy { $0.name.lowercased() != "set-cookie" || $0.value.contains("; Secure") })
        #expect(try await world.get("/api/trakt/status").json["state"] == "connected")
        #expect(world.simulator.complaints(.trakt) == [])
    }

    /// What is too large is refused with a reason; what is slow holds up nobody.
    private func expectUploads(_ proxied: ProxiedWorld) async throws {
        let world = proxied.world
        let origin = try world.origin
        let files = try TemporaryFolder()
        func upload(_ file: String, _ arguments: [String]) throws -> ProcessHandle {
            let fields = ["-H", "Origin: \(origin)", "-H", "Content-Type: application/json", "-H", "Expect:"]
            return try proxied.client.curl(
                "/api/config", arguments + fields + ["--data-binary", "@\(files(file))"])
        }
        for size in [100_000, 5_000_000] {
            try files.write(String(repeating: " ", count: size), to: "large")
            // The status alone: a proxy that has the answer may end the upload before all of it is read.
            let large = try upload("large", ["-o", files("answer"), "-w", "%{http_code}\n"])
            #expect(await large.output.line { !$0.isEmpty } == "413", "\(size): \(large.errors.text)")
        }
        try files.write(String(repeating: " ", count: 50_000), to: "slow")
        let slow = try (0..<12).map { _ in try upload("slow", ["--limit-rate", "500", "--verbose"]) }
        for upload in slow { #expect(await upload.errors.line { $0.contains("> POST ") } != nil) }
        for _ in 0..<4 { #expect(try await world.get("/api/status").status == 200) }
        for upload in slow { upload.kill() }
    }
}
