import HTTP
import JSON
import Testing

@testable import Simulator

@Suite(.timeLimit(.minutes(1)))
struct PlexTests {
    let headers: HeaderFields = [
        "Accept": "application/json", "X-Plex-Client-Identifier": "id-1", "X-Plex-Product": "Latchkey",
    ]
    let world: World

    init() throws { world = try World() }

    private func start(strong: Bool = false, client: String = "id-1") async throws -> World.Answer {
        var headers = headers
        headers["X-Plex-Client-Identifier"] = client
        return try await world.send("POST", "/plex/api/api/v2/pins?strong=\(strong)", headers)
    }

    private func poll(_ pin: JSON, client: String = "id-1") async throws -> World.Answer {
        var headers = headers
        headers["X-Plex-Client-Identifier"] = client
        return try await world.get("/plex/api/api/v2/pins/\(pin["id"]?.intValue ?? 0)", headers)
    }

    private func user(_ token: String) async throws -> World.Answer {
        var headers = headers
        headers["X-Plex-Token"] = token
        return try await world.get("/plex/api/api/v2/user", headers)
    }

    private func error(_ status: Int, _ code: Int, _ message: String) -> String {
        #"\#(status) {"errors":[{"code":\#(code),"message":"\#(message)","status":\#(status)}]}"#
    }

    @Test func `a PIN is made, approved and gives a token, again and again`() async throws {
        let start = try await start()
        #expect(start.status == 201)
        let pin = start.json
        #expect(pin["code"]?.stringValue?.count == 4)
        #expect(pin["product"] == "Latchkey")
        #expect(pin["clientIdentifier"] == "id-1")
        #expect(pin["expiresIn"] == 900)
        #expect(pin["createdAt"] == "2027-01-15T08:00:00Z")
        #expect(pin["expiresAt"] == "2027-01-15T08:15:00Z")
        #expect(pin["authToken"] == .null)
        #expect(try await poll(pin).json["authToken"] == .null)
        let code = pin["code"]?.stringValue?.lowercased() ?? ""
        let page = try await world.post("/plex/web/link", form: [("user_code", code), ("decision", "approve")])
        #expect(page.status == 200)
        #expect(page.text.contains("Latchkey may use the account."))
        let token = try #require(try await poll(pin).json["authToken"]?.stringValue)
        #expect(try await poll(pin).json["authToken"]?.stringValue == token)
        #expect(try await user(token).json["username"] == "demo")
    }

    @Test func `without an Accept header the answer is XML`() async throws {
        let start = try await world.send("POST", "/plex/api/api/v2/pins", ["X-Plex-Client-Identifier": "<a&b>"])
        #expect(start.status == 201)
        #expect(start.headers["Content-Type"] == "application/xml; charset=utf-8")
        #expect(start.text.contains(#"clientIdentifier="&lt;a&amp;b&gt;""#))
        #expect(start.text.contains(#"authToken="""#))
    }

    @Test func `without a client identifier there is code 1000`() async throws {
        let answer = try await world.send("POST", "/plex/api/api/v2/pins", ["Accept": "application/json"])
        #expect(answer.summary == error(400, 1000, "X-Plex-Client-Identifier is missing"))
        let query = try await world.send(
            "POST", "/plex/api/api/v2/pins?X-Plex-Client-Identifier=q", ["Accept": "application/json"])
        #expect(query.json["clientIdentifier"] == "q")
    }

    @Test func `a PIN that is expired, unknown or another client's is not found`() async throws {
        let gone = error(404, 1020, "Code not found or expired")
        let pin = try await start().json
        #expect(try await poll(pin, client: "id-2").summary == gone)
        #expect(try await poll(["id": 7]).summary == gone)
        world.simulator.expire(.plex)
        #expect(try await poll(pin).summary == gone)
        world.simulator.configure(.plex) { $0.expiredPinAnswersNull = true }
        #expect(try await poll(pin).status == 200)
        #expect(try await poll(pin).json["authToken"] == .null)
    }

    @Test func `a denial looks like waiting`() async throws {
        let pin = try await start().json
        world.simulator.deny(.plex)
        let answer = try await poll(pin)
        #expect(answer.status == 200)
        #expect(answer.json["authToken"] == .null)
    }

    @Test func `a second sign-in with the same identifier ends the first`() async throws {
        var tokens: [String] = []
        for client in ["id-1", "id-2", "id-1"] {
            let pin = try await start(client: client).json
            world.simulator.approve(.plex)
            tokens.append(try #require(try await poll(pin, client: client).json["authToken"]?.stringValue))
        }
        let statuses = [
            try await user(tokens[0]).status, try await user(tokens[1]).status, try await user(tokens[2]).status,
        ]
        #expect(statuses == [401, 200, 200])
    }

    @Test func `a strong code is approved in the auth app, which goes on to the forward address`() async throws {
        let pin = try await start(strong: true).json
        #expect(pin["code"]?.stringValue?.count == 25)
        let page = try await world.get("/plex/app/auth")
        #expect(page.text.contains("Latchkey wants to use your account."))
        let forward = Form.encode([("forwardUrl", "http://127.0.0.1:8787/#sec-plex")])
        let answer = try await world.post("/plex/app/auth?" + forward, form: [("decision", "approve")])
        #expect(answer.status == 303)
        #expect(answer.headers["Location"] == "http://127.0.0.1:8787/#sec-plex")
        #expect(try await poll(pin).json["authToken"]?.stringValue != nil)
    }

    @Test func `sign-out ends the token`() async throws {
        let pin = try await start().json
        world.simulator.approve(.plex)
        let token = try #require(try await poll(pin).json["authToken"]?.stringValue)
        var signedIn = headers
        signedIn["X-Plex-Token"] = token
        #expect(try await world.send("DELETE", "/plex/api/api/v2/users/signout", signedIn).status == 204)
        #expect(try await user(token).summary == error(401, 1001, "User could not be authenticated"))
    }

    @Test func `too many polls are told so`() async throws {
        let pin = try await start().json
        world.simulator.add(Fault(.slowDown), to: .plex)
        #expect(try await poll(pin).status == 429)
    }
}
