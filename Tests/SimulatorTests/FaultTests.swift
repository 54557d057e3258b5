import HTTP
import JSON
import Testing

@testable import Simulator

@Suite(.timeLimit(.minutes(1)))
struct FaultTests {
    let world: World
    let endpoint = "POST /oauth/device/code"

    init() throws { world = try World() }

    private func start() async throws -> World.Answer {
        try await world.post("/trakt/auth/oauth/device/code", json: ["client_id": "app"])
    }

    private func control(_ body: JSON) async throws -> World.Answer {
        try await world.post("/control/trakt", json: body)
    }

    @Test func `a status comes for as many requests as asked, with Retry-After`() async throws {
        let fault: JSON = ["fault": ["kind": "status", "status": 503, "times": 2, "retry_after": 3]]
        #expect(try await control(fault).summary == #"200 {"ok":true}"#)
        let answers = [try await start(), try await start(), try await start()]
        #expect(answers.map(\.status) == [503, 503, 200])
        #expect(answers[0].headers["Retry-After"] == "3")
        #expect(world.simulator.pendingCodes(.trakt).count == 1)
    }

    @Test func `a fault may be for one endpoint and for ever`() async throws {
        _ = try await control([
            "fault": ["kind": "status", "status": 500, "times": .null, "endpoint": .string(endpoint)]
        ])
        for _ in 1...3 { #expect(try await start().status == 500) }
        #expect(try await world.post("/trakt/auth/oauth/device/token", json: ["client_id": "app"]).status == 404)
        _ = try await control(["clear_faults": true])
        #expect(try await start().status == 200)
    }

    @Test func `an empty body and a page instead of JSON`() async throws {
        _ = try await control(["fault": [["kind": "empty_body"], ["kind": "not_json"]]])
        #expect(try await start().summary == "200 ")
        let page = try await start()
        #expect(page.status == 200)
        #expect(page.text.hasPrefix("<!doctype html>"))
    }

    @Test func `a lost answer was processed, and the client sees only that the connection ended`() async throws {
        _ = try await control(["fault": ["kind": "lost_answer"]])
        await #expect(throws: ClientError.self) { _ = try await start() }
        #expect(world.simulator.pendingCodes(.trakt).count == 1)
        #expect(try await start().status == 200)
    }

    @Test func `a rotated refresh token can be lost on the way`() async throws {
        let code = try await start().json["device_code"] ?? .null
        world.simulator.approve(.trakt)
        let tokens = try await world.post(
            "/trakt/auth/oauth/device/token", json: ["code": code, "client_id": "app"]
        ).json
        world.simulator.add(Fault(.lostAnswer, endpoint: "POST /oauth/token"), to: .trakt)
        let body: JSON = [
            "grant_type": "refresh_token", "refresh_token": tokens["refresh_token"] ?? .null, "client_id": "app",
        ]
        await #expect(throws: ClientError.self) { _ = try await world.post("/trakt/auth/oauth/token", json: body) }
        #expect(try await world.post("/trakt/auth/oauth/token", json: body).json["error"] == "invalid_grant")
    }

    @Test func `requests that are held are counted, and go on when they are let go`() async throws {
        world.simulator.add(Fault(.hold), to: .trakt)
        async let held = start()
        await world.simulator.waitForRequests(1, to: endpoint, of: .trakt)
        #expect(world.simulator.pendingCodes(.trakt) == [])
        world.simulator.release(.trakt)
        #expect(try await held.status == 200)
        #expect(world.simulator.counts(.trakt) == [endpoint: 1])
    }

    @Test func `a delay delays`() async throws {
        _ = try await control(["fault": ["kind": "delay", "milliseconds": 20]])
        let before = ContinuousClock.now
        #expect(try await start().status == 200)
        #expect(ContinuousClock.now - before >= .milliseconds(20))
    }

    @Test func `the paces and lifetimes can be set`() async throws {
        _ = try await control(["interval": 1, "expires_in": 30, "token_expires_in": 60, "account": "sean"])
        let start = try await start().json
        #expect(start["interval"] == 1)
        #expect(start["expires_in"] == 30)
        _ = try await control(["approve": start["user_code"] ?? .null])
        let body: JSON = ["code": start["device_code"] ?? .null, "client_id": "app"]
        let tokens = try await world.post("/trakt/auth/oauth/device/token", json: body)
        #expect(tokens.json["expires_in"] == 60)
        let report = try await world.get("/control/trakt").json
        #expect(report[path: "sessions.0.account"] == "sean")
        #expect(report[path: "sessions.0.access_token"] == tokens.json["access_token"])
        #expect(report["counts"]?[endpoint] == 1)
        #expect(report["counts"]?["POST /oauth/device/token"] == 1)
    }

    @Test func `waiting for a count answers once it is there`() async throws {
        async let report = world.get("/control/trakt/wait?count=2&endpoint=POST%20/oauth/device/code")
        _ = try await start()
        _ = try await start()
        #expect(try await report.json["counts"]?[endpoint] == 2)
    }

    @Test(
        arguments: [
            (#"{"nonsense": 1}"#, "There is no knob nonsense."),
            (#"{"interval": -1}"#, "interval must be a number of seconds."),
            (#"{"strict_interval": 7}"#, "strict_interval must be true or false."),
            (#"{"reject_clients": "a"}"#, "reject_clients must be a list of strings."),
            (#"{"account": null}"#, "account must be a string."),
            (#"{"fault": {"kind": "status", "times": 0}}"#, "times must be 1 or more, or null for always."),
            (
                #"{"interval": 1, "fault": {}}"#,
                "kind must be status, empty_body, not_json, lost_answer, delay, hold or slow_down."
            ),
        ])
    func `a knob that is wrong is refused and changes nothing`(body: String, message: String) async throws {
        let answer = try await world.send("POST", "/control/trakt", body: Array(body.utf8))
        #expect(answer.status == 422)
        #expect(answer.json["message"] == .string(message))
        #expect(world.simulator.behaviour(.trakt) == .documented(.trakt))
    }

    @Test func `reset forgets everything`() async throws {
        _ = try await start()
        _ = try await control(["interval": 1, "reset": true])
        #expect(world.simulator.behaviour(.trakt) == .documented(.trakt))
        #expect(world.simulator.counts(.trakt) == [:])
        #expect(world.simulator.pendingCodes(.trakt) == [])
    }
}
