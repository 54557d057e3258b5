import HTTP
import JSON
import Testing

@testable import Simulator

@Suite(.timeLimit(.minutes(1)))
struct SimklTests {
    let query = "?client_id=app&app-name=latchkey&app-version=1"
    let headers: HeaderFields = ["User-Agent": "latchkey/1"]
    let world: World

    init() throws { world = try World() }

    private func start(scope: String = "media:read media:write") async throws -> JSON {
        try await world.post(
            "/simkl/api/oauth2/device" + query, form: [("client_id", "app"), ("scope", scope)], headers
        ).json
    }

    private func token(_ form: [(String, String)]) async throws -> World.Answer {
        try await world.post("/simkl/api/oauth2/token" + query, form: form, headers)
    }

    private func poll(_ start: JSON, client: String = "app") async throws -> World.Answer {
        try await token([
            ("grant_type", Simkl.deviceGrantType), ("device_code", start["device_code"]?.stringValue ?? ""),
            ("client_id", client),
        ])
    }

    private func linked(scope: String = "media:read media:write") async throws -> JSON {
        let start = try await start(scope: scope)
        world.simulator.approve(.simkl)
        return try await poll(start).json
    }

    private func settings(_ token: JSON?, _ query: String? = nil) async throws -> World.Answer {
        var headers = headers
        headers["Authorization"] = "Bearer " + (token?.stringValue ?? "")
        return try await world.send("POST", "/simkl/api/users/settings" + (query ?? self.query), headers)
    }

    @Test func `the device flow is that of RFC 8628`() async throws {
        let start = try await start()
        let code = try #require(start["user_code"]?.stringValue)
        #expect(code.count == 9)
        #expect(start["verification_uri"] == .string(world.base + "/simkl/web/pin"))
        #expect(start["verification_uri_complete"] == .string(world.base + "/simkl/web/pin/" + code))
        #expect(start["expires_in"] == 900)
        #expect(start["interval"] == 5)
        #expect(try await poll(start).json["error"] == "authorization_pending")
        let page = try await world.get("/simkl/web/pin/" + code)
        #expect(page.text.contains("value=\"\(code)\""))
        _ = try await world.post(
            "/simkl/web/pin", form: [("user_code", code), ("decision", "approve"), ("account", "sean")])
        let tokens = try await poll(start)
        #expect(tokens.status == 200)
        #expect(tokens.json["access_token"]?.stringValue?.hasPrefix("simkl_at_") == true)
        #expect(tokens.json["refresh_token"]?.stringValue?.hasPrefix("simkl_rt_") == true)
        #expect(tokens.json["expires_in"] == 604_800)
        #expect(tokens.json["scope"] == "media:read media:write")
        #expect(try await settings(tokens.json["access_token"]).json[path: "user.name"] == "sean")
    }

    @Test func `each end of the device flow has its error`() async throws {
        func error(_ answer: World.Answer) -> String { "\(answer.status) \(answer.json["error"]?.stringValue ?? "")" }
        let used = try await start()
        world.simulator.approve(.simkl)
        _ = try await poll(used)
        #expect(error(try await poll(used)) == "400 invalid_grant")
        let denied = try await start()
        world.simulator.deny(.simkl)
        #expect(error(try await poll(denied)) == "400 access_denied")
        let slow = try await start()
        world.simulator.add(Fault(.slowDown), to: .simkl)
        #expect(error(try await poll(slow)) == "400 slow_down")
        world.simulator.advance(.simkl, by: 900)
        #expect(error(try await poll(slow)) == "400 expired_token")
        #expect(error(try await poll([:])) == "400 invalid_grant")
        #expect(error(try await poll(slow, client: "unknown")) == "400 invalid_client")
        #expect(error(try await token([("client_id", "app")])) == "400 unsupported_grant_type")
        let json = try await world.post("/simkl/api/oauth2/device", json: ["client_id": "app"])
        #expect(error(json) == "400 invalid_request")
    }

    @Test(arguments: ["", "media:wrote", "media:read"])
    func `a missing or misspelt scope silently gives read access only`(scope: String) async throws {
        #expect(try await linked(scope: scope)["scope"] == "media:read")
    }

    @Test func `a refresh keeps the refresh token and ends the old access token`() async throws {
        let tokens = try await linked()
        let form = [
            ("grant_type", "refresh_token"), ("refresh_token", tokens["refresh_token"]?.stringValue ?? ""),
            ("client_id", "app"),
        ]
        let fresh = try await token(form)
        #expect(fresh.json["refresh_token"] == tokens["refresh_token"])
        #expect(fresh.json["access_token"] != tokens["access_token"])
        #expect(try await settings(tokens["access_token"]).status == 401)
        #expect(try await settings(fresh.json["access_token"]).status == 200)
        #expect(try await token(form).status == 200)
        world.simulator.endSessions(.simkl)
        #expect(try await token(form).json["error"] == "invalid_grant")
    }

    @Test func `revoke is 200 whatever the token is, and ends the session`() async throws {
        let tokens = try await linked()
        for token in ["nonsense", tokens["refresh_token"]?.stringValue ?? ""] {
            let form = [("token", token), ("client_id", "app")]
            #expect(try await world.post("/simkl/api/oauth2/revoke" + query, form: form).status == 200)
        }
        #expect(
            try await settings(tokens["access_token"]).summary
                == #"401 {"error":"user_token_failed","code":401,"message":"Wrong or missing user token"}"#)
    }

    @Test func `the API wants the client id in the query`() async throws {
        let tokens = try await linked()
        #expect(
            try await settings(tokens["access_token"], "").summary
                == #"412 {"error":"client_id_failed","code":412,"message":"Wrong or missing client_id"}"#)
        #expect(
            world.simulator.complaints(.simkl).contains(
                "POST /users/settings: wants the query parameter app-name"))
    }
}
