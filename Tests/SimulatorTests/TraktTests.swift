import HTTP
import JSON
import Testing

@testable import Simulator

@Suite(.timeLimit(.minutes(1)))
struct TraktTests {
    let headers: HeaderFields = [
        "trakt-api-version": "2", "trakt-api-key": "app", "User-Agent": "Latchkey/1.0",
        "Content-Type": "application/json",
    ]
    let world: World

    init() throws { world = try World() }

    private func start() async throws -> JSON {
        try await world.post("/trakt/auth/oauth/device/code", json: ["client_id": "app"], headers).json
    }

    private func poll(_ code: String, client: String = "app") async throws -> World.Answer {
        try await world.post(
            "/trakt/auth/oauth/device/token", json: ["code": .string(code), "client_id": .string(client)], headers)
    }

    private func token(_ body: JSON) async throws -> World.Answer {
        try await world.post("/trakt/auth/oauth/token", json: body, headers)
    }

    private func linked() async throws -> JSON {
        let code = try await start()["device_code"]?.stringValue ?? ""
        world.simulator.approve(.trakt)
        return try await poll(code).json
    }

    @Test func `the device flow gives a code, waits, and gives tokens that name the account`() async throws {
        let start = try await start()
        #expect(start.objectValue?.keys == ["device_code", "user_code", "verification_url", "expires_in", "interval"])
        #expect(start["verification_url"] == .string(world.base + "/trakt/auth/activate"))
        #expect(start["expires_in"] == 600)
        #expect(start["interval"] == 5)
        #expect(start["user_code"]?.stringValue?.count == 8)
        let code = try #require(start["device_code"]?.stringValue)
        #expect(try await poll(code).summary == "400 ")
        #expect(world.simulator.approve(.trakt, userCode: start["user_code"]?.stringValue, account: "sean") == 1)
        world.simulator.advance(.trakt, by: 5)
        let tokens = try await poll(code)
        #expect(tokens.status == 200)
        #expect(tokens.json["token_type"] == "bearer")
        #expect(tokens.json["expires_in"] == 604_800)
        #expect(tokens.json["scope"] == "public")
        #expect(tokens.json["created_at"] == 1_800_000_005)
        let bearer = "Bearer " + (tokens.json["access_token"]?.stringValue ?? "")
        var signedIn = headers
        signedIn["Authorization"] = bearer
        let settings = try await world.get("/trakt/api/users/settings", signedIn)
        #expect(settings.json[path: "user.username"] == "sean")
        #expect(settings.json[path: "user.ids.slug"] == "sean")
        #expect(world.simulator.complaints(.trakt) == [])
    }

    @Test func `each end of a device flow has its status and no content`() async throws {
        let used = try await start()["device_code"]?.stringValue ?? ""
        world.simulator.approve(.trakt)
        _ = try await poll(used)
        #expect(try await poll(used).summary == "409 ")
        let denied = try await start()["device_code"]?.stringValue ?? ""
        world.simulator.deny(.trakt)
        #expect(try await poll(denied).summary == "418 ")
        let expired = try await start()["device_code"]?.stringValue ?? ""
        world.simulator.advance(.trakt, by: 600)
        #expect(try await poll(expired).summary == "410 ")
        #expect(try await poll("nonsense").summary == "404 ")
        #expect(try await poll(expired, client: "unknown-app").summary == "403 ")
        #expect(try await poll(expired, client: "other").summary == "404 ")
    }

    @Test func `a device code is refused to an app that does not exist`() async throws {
        let answer = try await world.post("/trakt/auth/oauth/device/code", json: ["client_id": "unknown"], headers)
        #expect(answer.summary == "403 ")
    }

    @Test func `slow down comes with Retry-After when it is set`() async throws {
        let code = try await start()["device_code"]?.stringValue ?? ""
        world.simulator.add(Fault(.slowDown, times: 1, retryAfter: 9), to: .trakt)
        let slow = try await poll(code)
        #expect(slow.summary == "429 ")
        #expect(slow.headers["Retry-After"] == "9")
        #expect(try await poll(code).summary == "400 ")
    }

    @Test func `polls before the interval are noted, and refused when that is set`() async throws {
        let code = try await start()["device_code"]?.stringValue ?? ""
        _ = try await poll(code)
        #expect(try await poll(code).status == 400)
        #expect(
            world.simulator.complaints(.trakt)
                == ["POST /oauth/device/token: was polled before the interval of 5 s had passed"])
        world.simulator.configure(.trakt) { $0.strictInterval = true }
        #expect(try await poll(code).status == 429)
        world.simulator.advance(.trakt, by: 5)
        #expect(try await poll(code).status == 400)
    }

    @Test func `a refresh rotates, and the old refresh token is dead at once`() async throws {
        let tokens = try await linked()
        let body: JSON = [
            "grant_type": "refresh_token", "refresh_token": tokens["refresh_token"] ?? .null, "client_id": "app",
            "redirect_uri": "urn:ietf:wg:oauth:2.0:oob",
        ]
        let fresh = try await token(body)
        #expect(fresh.status == 200)
        #expect(fresh.json["refresh_token"] != tokens["refresh_token"])
        #expect(world.simulator.refreshTokens(.trakt) == [fresh.json["refresh_token"]?.stringValue])
        #expect(
            try await token(body).summary
                == #"400 {"error":"invalid_grant","error_description":"session not found"}"#)
    }

    @Test func `revoke ends the session`() async throws {
        let tokens = try await linked()
        let body: JSON = ["token": tokens["access_token"] ?? .null, "client_id": "app"]
        #expect(try await world.post("/trakt/auth/oauth/revoke", json: body, headers).status == 200)
        var signedIn = headers
        signedIn["Authorization"] = "Bearer " + (tokens["access_token"]?.stringValue ?? "")
        #expect(try await world.get("/trakt/api/users/settings", signedIn).summary == "401 ")
        #expect(world.simulator.accessTokens(.trakt) == [])
    }

    @Test func `the identity wants a known key and a live token`() async throws {
        #expect(try await world.get("/trakt/api/users/settings", headers).summary == "401 ")
        #expect(try await world.get("/trakt/api/users/settings", ["Authorization": "Bearer x"]).summary == "403 ")
        let tokens = try await linked()
        world.simulator.advance(.trakt, by: 604_800)
        var signedIn = headers
        signedIn["Authorization"] = "Bearer " + (tokens["access_token"]?.stringValue ?? "")
        #expect(try await world.get("/trakt/api/users/settings", signedIn).summary == "401 ")
    }

    @Test func `the host of the API has no OAuth, and headers that are missing are noted`() async throws {
        #expect(try await world.post("/trakt/api/oauth/token", json: [:]).summary == "404 ")
        _ = try await world.post("/trakt/auth/oauth/device/code", json: ["client_id": "app"])
        let complaints = world.simulator.complaints(.trakt)
        #expect(complaints.contains("POST /oauth/token: is not an endpoint of api"))
        #expect(complaints.contains("POST /oauth/device/code: wants the header trakt-api-version: 2"))
        #expect(complaints.contains("POST /oauth/device/code: wants the header trakt-api-key"))
    }

    @Test func `an app with a secret has to show it`() async throws {
        world.simulator.configure(.trakt) { $0.clientSecret = "s3cret" }
        let code = try await start()["device_code"]?.stringValue ?? ""
        #expect(
            try await poll(code).summary
                == #"401 {"error":"invalid_client","error_description":"client authentication failed"}"#)
        let body: JSON = ["code": .string(code), "client_id": "app", "client_secret": "s3cret"]
        #expect(try await world.post("/trakt/auth/oauth/device/token", json: body, headers).summary == "400 ")
    }
}
