import HTTP
import JSON
import Testing

@testable import Simulator

@Suite(.timeLimit(.minutes(1)))
struct PageTests {
    let world: World

    init() throws { world = try World() }

    private func start(_ client: String = "app") async throws -> String {
        let answer = try await world.post("/trakt/auth/oauth/device/code", json: ["client_id": .string(client)])
        return try #require(answer.json["user_code"]?.stringValue)
    }

    @Test func `the only code that waits is filled in`() async throws {
        #expect(try await world.get("/trakt/auth/activate").text.contains("name=\"user_code\" value=\"\""))
        let code = try await start()
        #expect(try await world.get("/trakt/auth/activate").text.contains("value=\"\(code)\""))
        let other = try await start()
        #expect(try await world.get("/trakt/auth/activate").text.contains("name=\"user_code\" value=\"\""))
        #expect(try await world.get("/trakt/auth/activate/\(other)").text.contains("value=\"\(other)\""))
    }

    @Test func `a code that is wrong, used or expired says so`() async throws {
        func type(_ code: String) async throws -> World.Answer {
            try await world.post("/trakt/auth/activate", form: [("user_code", code), ("decision", "approve")])
        }
        let wrong = try await type("\"><script>")
        #expect(wrong.status == 400)
        #expect(wrong.text.contains("No sign-in has this code."))
        #expect(wrong.text.contains("value=\"&quot;&gt;&lt;script&gt;\""))
        let code = try await start()
        #expect(try await type(" " + code.lowercased()).status == 200)
        #expect(try await type(code).text.contains("This code was used already."))
        let late = try await start()
        world.simulator.expire(.trakt)
        #expect(try await type(late).text.contains("This code has expired."))
    }

    @Test func `the index lists what waits and takes a decision for each`() async throws {
        #expect(try await world.get("/").text.contains("Nothing waits."))
        let code = try await start("<app>")
        let page = try await world.get("/").text
        #expect(page.contains("<code>\(code)</code> for &lt;app&gt;"))
        let id = try #require(page.split(separator: "name=\"id\" value=\"").last?.prefix { $0.isNumber })
        let answer = try await world.post(
            "/decide", form: [("provider", "trakt"), ("id", String(id)), ("decision", "approve")])
        #expect(answer.status == 303)
        #expect(answer.headers["Location"] == "/")
        #expect(try await world.get("/").text.contains("Nothing waits."))
    }

    static let foreign: [HeaderFields] = [
        ["Origin": "http://evil.example"], ["Origin": "null"], ["Origin": "http://127.0.0.1:1"],
        ["Sec-Fetch-Site": "cross-site"], ["Sec-Fetch-Site": "same-site"], ["Origin": ""],
    ]

    @Test(arguments: foreign) func `another site can neither decide nor turn a knob`(headers: HeaderFields) async throws
    {
        let code = try await start()
        let refusal = "This request comes from another site. Decide on the simulator's own pages."
        let forms = [
            ("/decide", [("provider", "trakt"), ("id", "1"), ("decision", "approve")]),
            ("/trakt/auth/activate", [("user_code", code), ("decision", "approve")]),
            ("/simkl/web/oauth2/authorize", [("decision", "approve")]),
        ]
        for (path, form) in forms {
            let answer = try await world.post(path, form: form, headers)
            #expect(answer.status == 403)
            #expect(answer.text.replacing("&#39;", with: "'").contains(refusal))
        }
        let knob = try await world.post("/control/trakt", json: ["approve": true], headers)
        #expect(knob.summary == #"403 {"ok":false,"message":"\#(refusal)"}"#)
        #expect(world.simulator.pendingCodes(.trakt) == [code])
    }

    @Test func `the simulator's own pages and programs decide`() async throws {
        let port = try #require(world.base.split(separator: ":").last)
        let own: [HeaderFields] = [
            [:], ["Origin": world.base], ["Origin": world.base, "Sec-Fetch-Site": "same-origin"],
            ["Sec-Fetch-Site": "none"], ["Host": "localhost:\(port)"],
        ]
        for headers in own {
            let code = try await start()
            let answer = try await world.post(
                "/trakt/auth/activate", form: [("user_code", code), ("decision", "approve")], headers)
            #expect(answer.status == 200)
            #expect(try await world.post("/control/trakt", json: ["approve": true], headers).status == 200)
        }
    }

    @Test func `every page has its style and no script`() async throws {
        let style = try await world.get("/style.css")
        #expect(style.headers["Content-Type"] == "text/css; charset=utf-8")
        for page in ["/", "/trakt/auth/activate", "/plex/web/link", "/simkl/web/pin", "/plex/app/auth", "/nonsense"] {
            let answer = try await world.get(page)
            #expect(answer.text.contains(#"<link rel="stylesheet" href="/style.css">"#))
            #expect(!answer.text.contains("<script"))
            #expect(!answer.text.contains("style="))
        }
    }

    @Test func `the hosts of all providers lead to the simulator`() {
        let hosts = Simulator.hosts(base: "http://x")
        #expect(hosts.count == SimulatedProvider.linked.filter { $0 != .oidc }.map(\.hosts.count).reduce(0, +))
        let oldest = SimulatedProvider.allCases.map { $0.rawValue + "." }
        #expect(
            hosts.filter { host in oldest.contains { host.key.hasPrefix($0) } }
                == [
                    "trakt.auth": "http://x/trakt/auth", "trakt.api": "http://x/trakt/api",
                    "trakt.images": "http://x/trakt/images",
                    "plex.api": "http://x/plex/api", "plex.web": "http://x/plex/web",
                    "plex.app": "http://x/plex/app",
                    "simkl.api": "http://x/simkl/api", "simkl.web": "http://x/simkl/web",
                    "simkl.images": "http://x/simkl/images",
                    "tmdb.api": "http://x/tmdb/api", "tmdb.web": "http://x/tmdb/web",
                    "tmdb.images": "http://x/tmdb/images",
                ])
    }
}
