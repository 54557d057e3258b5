import Files
import HTTP
import JSON
import Simulator
import TestSupport
import Testing

@testable import Companion

/// Walks every row of the table of endpoints, as it is in the program, over connections to the program.
@Suite(.timeLimit(.minutes(2))) struct EndpointWalkTests {
    private static let foreign = "https://evil.example"

    /// What strangers may call. Everything else is closed, whatever the table says.
    private static let open: Set<String> = [
        "GET /healthz", "GET /api/address/echo", "GET /sign-in/", "POST /sign-in/", "GET /sign-in/callback/",
        "POST /api/sign-out",
        "GET /{p}/oauth-callback/",
    ]

    private func path(_ endpoint: Endpoint, _ provider: String = "trakt") -> String {
        endpoint.path.split(separator: "{p}", omittingEmptySubsequences: false).joined(separator: provider)
    }

    /// The methods that a path has.
    private func methods(_ path: String) -> [String] { Endpoint.table.filter { $0.path == path }.map(\.method) }

    @Test(arguments: House.Mode.allCases) func `strangers get in nowhere, and learn nothing`(mode: House.Mode)
        async throws
    {
        let house = try await House(mode)
        let origin = try house.world.origin
        var wrong: [String] = []
        for (fields, refusal) in try await house.strangers() {
            for endpoint in Endpoint.table {
                var fields = fields
                fields["Origin"] = origin
                let place = "\(mode) \(endpoint.method) \(endpoint.path)"
                let answer = try await house.ask(endpoint.method, path(endpoint), fields)
                wrong += AnswerRules.complaints(answer, place)
                if Self.open.contains("\(endpoint.method) \(endpoint.path)") {
                    if [401, 403, 500].contains(answer.status) { wrong.append("\(place): \(answer.summary)") }
                } else if endpoint.access == .app {
                    // They ask for a key, whoever comes.
                    if answer.refusal != "401 no_api_key" { wrong.append("\(place): \(answer.summary)") }
                } else if answer.refusal != refusal {
                    wrong.append("\(place): \(answer.summary) instead of \(refusal)")
                }
            }
        }
        #expect(wrong == [])
    }

    @Test(arguments: House.Mode.allCases)
    func `another site, a request that does not say its site, another host and another method change nothing`(
        mode: House.Mode
    ) async throws {
        let house = try await House(mode)
        let known = try await house.fields("alice")
        var wrong: [String] = []
        func check(_ answer: Answer, _ expected: String, _ place: String) {
            wrong += AnswerRules.complaints(answer, place)
            if answer.refusal != expected { wrong.append("\(place): \(answer.summary) instead of \(expected)") }
        }
        for endpoint in Endpoint.table {
            let (path, place) = (path(endpoint), "\(mode) \(endpoint.method) \(endpoint.path)")
            var fields = known
            if endpoint.method == "POST" {
                // No browser sends an API key by itself, and nothing else opens these.
                let isForApps = endpoint.access == .app
                let (missing, foreign) =
                    isForApps
                    ? ("401 no_api_key", "401 no_api_key") : ("403 origin_missing", "403 foreign_origin")
                check(try await house.ask("POST", path, known), missing, place)
                fields["Origin"] = Self.foreign
                check(try await house.ask("POST", path, fields), foreign, place)
                fields["Origin"] = "null"
                check(try await house.ask("POST", path, fields), foreign, place)
                fields["Origin"] = try house.world.origin
                fields["Sec-Fetch-Site"] = "cross-site"
                check(try await house.ask("POST", path, fields), foreign, place)
                fields["Sec-Fetch-Site"] = nil
            } else {
                fields["Origin"] = Self.foreign
                wrong += AnswerRules.complaints(try await house.ask("GET", path, fields), place)
                fields["Origin"] = try house.world.origin
            }
            check(try await house.ask(endpoint.method, path, fields, host: "evil.example"), "421 ", place)
            let allowed = methods(endpoint.path)
            for method in ["GET", "POST", "PUT", "DELETE"] where !allowed.contains(method) {
                let answer = try await house.ask(method, path, fields)
                check(answer, "405 method_not_allowed", "\(place) by \(method)")
                let listed = allowed.flatMap { $0 == "GET" ? ["GET", "HEAD"] : [$0] }.joined(separator: ", ")
                if answer.headers["Allow"] != listed {
                    wrong.append("\(place): Allow is \(answer.headers["Allow"] ?? "")")
                }
            }
        }
        #expect(wrong == [])
        #expect(house.world.simulator.counts(.trakt) == [:])
        #expect(try await house.ask("GET", "/api/config", known).json == [:])
    }

    // MARK: Two people

    /// What somebody can see of their own, without what counts down.
    private func view(_ house: House, _ fields: HeaderFields) async throws -> [String] {
        var seen: [String] = []
        for path in ["/api/config", "/api/config?account=home"] {
            seen.append(try await house.ask("GET", path, fields).summary)
        }
        for provider in ["trakt", "simkl"] {
            let status = try await house.ask("GET", "/api/\(provider)/status", fields).json
            seen.append("\(provider) \(status.text("state")) \(status.text("account_name"))")
        }
        return seen + [try await house.ask("GET", "/api/simkl/pin/status", fields).json.text("user_code")]
    }

    /// Somebody with app keys, a connection, and a sign-in that goes on. Gives what nobody else may see.
    private func settle(_ house: House, _ fields: HeaderFields) async throws -> [String] {
        let world = house.world
        func post(_ path: String, _ body: JSON) async throws -> Answer { try await world.post(path, body, fields) }
        let keys: JSON = ["trakt": ["client_id": "app-of-alice"], "simkl": ["client_id": "app-of-alice"]]
        #expect(try await post("/api/config", keys).status == 200)
        #expect(try await post("/api/config?account=home", ["trakt": ["client_id": "home-of-alice"]]).status == 200)
        #expect(try await post("/api/trakt/pin/new", ["method": "device"]).status == 200)
        world.simulator.approve(.trakt)
        let field = try #require(fields.fields.first)
        let feed = try await EventFeed(port: try world.port, field: "\(field.name): \(field.value)")
        let linked = try await feed.status("trakt") { $0.text("state") == "connected" && $0["account_name"] != nil }
        let begun = try await post("/api/simkl/pin/new", ["method": "device"])
        #expect(begun.status == 200)
        return world.simulator.accessTokens(.trakt) + world.simulator.refreshTokens(.trakt) + [
            "app-of-alice", "home-of-alice", begun.json.text("user_code"),
            "\"account_name\":\"\(linked.text("account_name"))\"",
            "\"connected\":true",
        ]
    }

    @Test(arguments: House.Mode.allCases.filter(\.isShared))
    func `another person sees nothing of the first, and changes nothing of theirs`(mode: House.Mode) async throws {
        let house = try await House(mode)
        let (alice, bob) = (try await house.fields("alice"), try await house.fields("bob"))
        let secrets = try await settle(house, alice)
        #expect(secrets.count >= 7 && secrets.allSatisfy { !$0.isEmpty })
        let before = try await view(house, alice)
        let field = try #require(bob.fields.first)
        let feed = try await EventFeed(port: try house.world.port, field: "\(field.name): \(field.value)")
        var (wrong, walked): ([String], Int) = ([], 0)
        // Signing out is last: it ends what the others need.
        for endpoint in Endpoint.table.sorted(by: { $1.path == "/api/sign-out" && $0.path != $1.path }) {
            for provider in endpoint.path.contains("{p}") ? ["trakt", "simkl"] : [""] {
                for query in ["", "?account=home", "?account=default"] {
                    var fields = bob
                    fields["Origin"] = try house.world.origin
                    let body = endpoint.path == "/api/sign-out" ? #"{"everywhere":true}"# : "{}"
                    let answer = try await house.ask(
                        endpoint.method, path(endpoint, provider) + query, fields,
                        body: endpoint.method == "POST" && endpoint.path != "/sign-in/" ? body : "")
                    let place = "\(mode) \(endpoint.method) \(path(endpoint, provider))\(query)"
                    wrong += AnswerRules.complaints(answer, place)
                    wrong += secrets.filter("\(answer.headers) \(answer.text)".contains).map { "\(place) shows \($0)" }
                    walked += 1
                }
            }
        }
        #expect(wrong == [])
        #expect(walked == Endpoint.table.reduce(0) { $0 + ($1.path.contains("{p}") ? 6 : 3) })
        #expect(try await view(house, alice) == before)
        if mode == .proxy {
            #expect(try await house.world.post("/api/config", ["tmdb": ["api_key": "x"]], bob).status == 422)
        }
        #expect(!secrets.contains(where: feed.text.contains))
    }

    // MARK: Files and errors

    @Test(arguments: House.Mode.allCases)
    func `every built file and every refusal carries what answers carry`(mode: House.Mode) async throws {
        let house = try await House(mode)
        let known = try await house.fields("alice")
        var wrong: [String] = []
        let files = try Files.regularFiles(below: house.world.folder("site/Output")).filter {
            !$0.hasSuffix(".gz") && !$0.hasSuffix(".br") && !$0.hasPrefix(".") && !$0.hasPrefix("sign-in/")
        }
        #expect(files.count >= 10)
        for file in files + [""] {
            let place = "\(mode) /\(file)"
            let stranger = try await house.ask("GET", "/\(file)")
            wrong += AnswerRules.complaints(stranger, isBuilt: stranger.status == 200, "\(place) for a stranger")
            let isPage = file.isEmpty || file.hasSuffix(".html")
            let expected = !house.mode.hasSessions ? 200 : file.hasPrefix("api/") ? 401 : isPage ? 303 : 200
            if stranger.status != expected { wrong.append("\(place) for a stranger: \(stranger.status)") }
            let answer = try await house.ask("GET", "/\(file)", known)
            wrong += AnswerRules.complaints(answer, isBuilt: true, place)
            var conditions = known
            conditions["If-None-Match"] = answer.headers["ETag"] ?? ""
            let same = try await house.ask("GET", "/\(file)", conditions)
            if same.status != 304 { wrong.append("\(place): \(same.status) with its tag") }
            wrong += AnswerRules.complaints(same, isBuilt: true, "\(place) with its tag")
            // What somebody kept in a browser is not confirmed to whoever uses that browser next.
            let kept = try await house.ask("GET", "/\(file)", ["If-None-Match": answer.headers["ETag"] ?? ""])
            if kept.status != (expected == 200 ? 304 : expected) {
                wrong.append("\(place) after sign-out: \(kept.status)")
            }
        }
        for (status, request) in Self.refusals {
            let client = try await RawClient.connect(port: try house.world.port)
            try await client.send(request)
            let raw = try await client.response()
            let answer = Answer(status: raw.status, headers: raw.headers, body: raw.body)
            // What is not there is said to those who are known.
            let isClosed = [404, 405].contains(status) && request.contains(" /api/") && mode != .none
            if raw.status != (isClosed ? 401 : status) { wrong.append("\(status): \(answer.summary)") }
            wrong += AnswerRules.complaints(answer, "\(mode) \(status)")
            if ["latchkey/", "/tmp/", ".swift", "0x"].contains(where: answer.text.contains) {
                wrong.append("\(status) tells of the inside: \(answer.text)")
            }
        }
        #expect(wrong == [])
    }

    private static let refusals: [(Int, String)] = [
        (400, "GET /%zz HTTP/1.1\r\nHost: localhost\r\n\r\n"), (400, "nonsense\r\n\r\n"),
        (403, "POST /api/config HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n\r\n"),
        (404, "GET /nothing HTTP/1.1\r\nHost: localhost\r\n\r\n"),
        (404, "GET /api/nothing HTTP/1.1\r\nHost: localhost\r\n\r\n"),
        (405, "DELETE /api/config HTTP/1.1\r\nHost: localhost\r\n\r\n"),
        (405, "PUT /assets/latchkey.css HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n\r\n"),
        (406, "GET /assets/latchkey.css HTTP/1.1\r\nHost: localhost\r\nAccept-Encoding: identity;q=0\r\n\r\n"),
        (412, "GET /assets/latchkey.css HTTP/1.1\r\nHost: localhost\r\nIf-Match: \"x\"\r\n\r\n"),
        (413, "POST /api/config HTTP/1.1\r\nHost: localhost\r\nContent-Length: 99999999\r\n\r\n"),
        (414, "GET /\(String(repeating: "x", count: 9000)) HTTP/1.1\r\nHost: localhost\r\n\r\n"),
        (416, "GET /assets/latchkey.css HTTP/1.1\r\nHost: localhost\r\nRange: bytes=99999999-\r\n\r\n"),
        (417, "POST /api/config HTTP/1.1\r\nHost: localhost\r\nExpect: much\r\nContent-Length: 1\r\n\r\n"),
        (421, "GET / HTTP/1.1\r\nHost: evil.example\r\n\r\n"),
        (431, "GET / HTTP/1.1\r\nHost: localhost\r\n\(String(repeating: "X: y\r\n", count: 120))\r\n"),
        (501, "POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: gzip, chunked\r\n\r\n"),
        (505, "GET / HTTP/9.9\r\nHost: localhost\r\n\r\n"),
    ]

    @Test(arguments: House.Mode.allCases.filter(\.isShared))
    func `what fails inside says so without telling of the inside, and nobody else gets it`(mode: House.Mode)
        async throws
    {
        let house = try await House(mode)
        let owner = Visitor.owner(ofUser: house.identifier("dora"))
        try house.world.folder.write("{ broken", to: "data/\(owner).json")
        let dora = try await house.fields("dora")
        for path in ["/api/config", "/api/status", "/api/events", "/api/trakt/status"] {
            let answer = try await house.ask("GET", path, dora)
            #expect(answer.refusal == "500 vault_unreadable")
            #expect(AnswerRules.complaints(answer, path) == [] && !answer.text.contains(owner))
        }
        #expect(try await house.ask("GET", "/api/config", try await house.fields("alice")).status == 200)
        #expect(try house.world.folder.text(of: "data/\(owner).json") == "{ broken")
    }
}
