import HTTP
import JSON
import Testing

@testable import Simulator

@Suite(.timeLimit(.minutes(1)))
struct TMDBTests {
    let key = "?api_key=0123456789abcdef0123456789abcdef"
    let bearer: HeaderFields = ["Authorization": "Bearer aaa.bbb.ccc"]
    let badKey =
        #"401 {"success":false,"status_code":7,"status_message":"Invalid API key: You must be granted a valid key."}"#
    let denied = #"401 {"success":false,"status_code":17,"status_message":"Session denied."}"#
    let badToken =
        #"401 {"success":false,"status_code":33,"#
        + #""status_message":"Invalid request token: The request token is either expired or invalid."}"#
    let world: World

    init() throws { world = try World() }

    private func requestToken() async throws -> String {
        let answer = try await world.get("/tmdb/api/3/authentication/token/new" + key)
        #expect(answer.json["expires_at"] == "2027-01-15 09:00:00 UTC")
        return try #require(answer.json["request_token"]?.stringValue)
    }

    private func session(_ token: String) async throws -> World.Answer {
        try await world.post("/tmdb/api/3/authentication/session/new" + key, json: ["request_token": .string(token)])
    }

    @Test func `a request token is approved in the browser and becomes a session`() async throws {
        let token = try await requestToken()
        #expect(try await session(token).summary == denied)
        let target = Form.encode([("redirect_to", "http://127.0.0.1:8787/tmdb/oauth-callback/?state=s")])
        let page = "/tmdb/web/authenticate/\(token)?\(target)"
        #expect(try await world.get(page).text.contains("An application wants to use your account."))
        let answer = try await world.post(page, form: [("decision", "approve"), ("account", "sean")])
        #expect(
            answer.headers["Location"]
                == "http://127.0.0.1:8787/tmdb/oauth-callback/?state=s&request_token=\(token)&approved=true")
        let session = try await session(token)
        #expect(session.status == 200)
        let id = try #require(session.json["session_id"]?.stringValue)
        #expect(try await world.get("/tmdb/api/3/account\(key)&session_id=\(id)").json["username"] == "sean")
        #expect(try await self.session(token).summary == badToken)
        let deletion = try await world.send(
            "DELETE", "/tmdb/api/3/authentication/session" + key, ["Content-Type": "application/json"],
            body: JSON.object(["session_id": .string(id)]).encoded())
        #expect(deletion.summary == #"200 {"success":true}"#)
        #expect(try await world.get("/tmdb/api/3/account\(key)&session_id=\(id)").json["status_code"] == 3)
    }

    @Test func `a denial comes back as denied and gives no session`() async throws {
        let token = try await requestToken()
        let target = Form.encode([("redirect_to", "http://127.0.0.1:8787/x")])
        let answer = try await world.post("/tmdb/web/authenticate/\(token)?\(target)", form: [("decision", "deny")])
        #expect(answer.headers["Location"] == "http://127.0.0.1:8787/x?request_token=\(token)&denied=true")
        #expect(try await session(token).summary == denied)
    }

    @Test func `a request token that is expired or unknown is refused`() async throws {
        let token = try await requestToken()
        world.simulator.advance(.tmdb, by: 3600)
        #expect(try await session(token).summary == badToken)
        #expect(try await session("nonsense").summary == badToken)
        #expect(try await world.get("/tmdb/web/authenticate/\(token)").status == 404)
    }

    @Test(arguments: ["", "?api_key=", "?api_key=short", "?api_key=0123456789ABCDEF0123456789ABCDEF"])
    func `a key that is not one is refused`(query: String) async throws {
        #expect(try await world.get("/tmdb/api/3/authentication" + query).summary == badKey)
        #expect(try await world.get("/tmdb/api/3/authentication/token/new" + query).summary == badKey)
    }

    @Test func `a key that was withdrawn is refused`() async throws {
        #expect(try await world.get("/tmdb/api/3/authentication" + key).json["success"] == true)
        #expect(try await world.get("/tmdb/api/3/configuration", bearer).status == 200)
        world.simulator.configure(.tmdb) { $0.rejectedClients = ["*"] }
        #expect(try await world.get("/tmdb/api/3/authentication" + key).summary == badKey)
    }

    @Test func `version 4 goes back without parameters and gives a token`() async throws {
        let start = try await world.post(
            "/tmdb/api/4/auth/request_token", json: ["redirect_to": "http://127.0.0.1:8787/back"], bearer)
        let token = try #require(start.json["request_token"]?.stringValue)
        let body: JSON = ["request_token": .string(token)]
        #expect(try await world.post("/tmdb/api/4/auth/access_token", json: body, bearer).summary == denied)
        let page = try await world.post("/tmdb/web/auth/access?request_token=\(token)", form: [("decision", "approve")])
        #expect(page.headers["Location"] == "http://127.0.0.1:8787/back")
        let done = try await world.post("/tmdb/api/4/auth/access_token", json: body, bearer)
        #expect(done.json["success"] == true)
        #expect(done.json["account_id"] == "demo-demo")
        #expect(world.simulator.accessTokens(.tmdb) == [done.json["access_token"]?.stringValue])
    }
}
