import JSON
import Simulator
import Testing

@testable import Companion

/// Sign-ins by code: Trakt's and SIMKL's.
@Suite(.timeLimit(.minutes(1))) struct CodeSignInTests {
    static let start = "POST /oauth/device/code"
    static let poll = "POST /oauth/device/token"

    private func isPending(_ status: JSON) -> Bool { status["state"] == "pending" }

    @Test func `a code is shown, approved, and the account is connected under its name`() async throws {
        let world = try await World.ready()
        let start = await world.post("/api/trakt/pin/new")
        #expect(start.status == 200)
        #expect(
            start.json.objectValue?.keys == ["user_code", "verification_url", "expiresIn", "interval", "ok"])
        let code = try #require(start.json["user_code"]?.stringValue)
        let pending = await world.get("/api/trakt/pin/status").json
        #expect(pending["user_code"] == .string(code))
        #expect(pending["status"] == "authorization_pending")
        #expect(pending["message"] == "Enter the code at Trakt and approve.")
        #expect(await world.get("/api/trakt/status").json["message"] == "Waiting for your approval at Trakt.")
        #expect(world.simulator.approve(.trakt, userCode: code, account: "sean") == 1)
        let status = try await world.status("trakt") { $0["account_name"] == "sean" }
        #expect(status["state"] == "connected")
        #expect(status["message"] == "Connected to Trakt.")
        #expect(status["method"] == "device")
        #expect(status["can_refresh"] == true)
        #expect(status["flow"] == nil)
        #expect(try await world.stored("trakt") == ["client_id": "app"])
        let revealed = await world.post("/api/trakt/token/reveal")
        #expect(revealed.json["access_token"]?.stringValue == world.simulator.accessTokens(.trakt).first)
        #expect(world.simulator.complaints(.trakt) == [])
    }

    @Test func `five clicks at once give one code from one request`() async throws {
        let world = try await World.ready()
        let codes = await withTaskGroup(of: JSON?.self) { group in
            for _ in 0..<5 { group.addTask { await world.post("/api/trakt/pin/new").json["user_code"] } }
            return await group.reduce(into: []) { $0.append($1) }
        }
        #expect(codes.count == 5)
        #expect(Set(codes.map { $0?.stringValue }).count == 1)
        #expect(codes[0] != nil)
        let later = await world.post("/api/trakt/pin/new")
        #expect(later.json["user_code"] == codes[0])
        #expect(world.simulator.counts(.trakt)[Self.start] == 1)
    }

    @Test func `another method takes the place of the one that is going on`() async throws {
        let world = try await World.ready()
        _ = await world.post("/api/tmdb/pin/new")
        #expect(await world.post("/api/tmdb/authorize", ["method": "key"]).summary == #"200 {"ok":true,"status":"ok"}"#)
        #expect(await world.companion.engine.live.count == 0)
        _ = await world.post("/api/trakt/authorize")
        #expect(await world.get("/api/trakt/status").json[path: "flow.method"] == "redirect")
        #expect(await world.post("/api/trakt/pin/new").status == 200)
        #expect(await world.get("/api/trakt/status").json[path: "flow.method"] == "device")
        #expect(await world.companion.engine.redirects.count == 0)
        #expect(try await world.stored("trakt._pending_redirect") == nil)
        #expect(try await world.stored("trakt._pending_device") != nil)
    }

    @Test func `another method asked for during the start wins, and the start says so`() async throws {
        let world = try await World.ready()
        world.simulator.add(Fault(.hold, endpoint: Self.start), to: .trakt)
        async let first = world.post("/api/trakt/pin/new")
        await world.simulator.waitForRequests(1, to: Self.start, of: .trakt)
        #expect(await world.post("/api/trakt/authorize").status == 200)
        world.simulator.release(.trakt)
        #expect(
            await first.summary == """
                409 {"ok":false,"error":"cancelled","message":"This sign-in to Trakt was ended before it had begun.",\
                "hint":"Start again if that was not you."}
                """)
        #expect(await world.get("/api/trakt/status").json[path: "flow.method"] == "redirect")
        #expect(try await world.stored("trakt._pending_device") == nil)
    }

    @Test func `clicks during the start wait for it, and cancel ends it`() async throws {
        let world = try await World.ready()
        world.simulator.add(Fault(.hold, endpoint: Self.start), to: .trakt)
        async let first = world.post("/api/trakt/pin/new")
        await world.simulator.waitForRequests(1, to: Self.start, of: .trakt)
        async let second = world.post("/api/trakt/pin/new")
        #expect(await world.post("/api/trakt/pin/cancel").summary == #"200 {"ok":true,"status":"cancelled"}"#)
        world.simulator.release(.trakt)
        #expect(await first.status == 409)
        // Whether it came before or after the cancel: it gets what it asked for, or is told that it was ended.
        let status = await second.status
        #expect(status == 409 || status == 200)
        if status == 409 { #expect(try await world.stored("trakt._pending_device") == nil) }
    }

    @Test func `cancel is told, and there is nothing more to cancel`() async throws {
        let world = try await World.ready()
        _ = await world.post("/api/trakt/pin/new")
        #expect(await world.post("/api/trakt/pin/cancel").status == 200)
        #expect(
            await world.get("/api/trakt/pin/status").summary == """
                200 {"method":"device","status":"cancelled","message":"Connecting Trakt was cancelled.","ok":true}
                """)
        #expect(await world.get("/api/trakt/status").json["state"] == "needs_sign_in")
        #expect(try await world.stored("trakt._pending_device") == nil)
        #expect(
            await world.post("/api/trakt/pin/cancel").summary == """
                409 {"ok":false,"error":"no_sign_in","message":"No sign-in is going on that could be cancelled."}
                """)
        #expect(
            await world.get("/api/simkl/pin/status").summary == """
                404 {"ok":false,"error":"no_sign_in","message":"No sign-in is going on.",\
                "hint":"Begin one with POST to 'pin/new'."}
                """)
    }

    @Test func `an approval that is answered after the cancel is revoked`() async throws {
        let world = try await World.ready()
        world.simulator.add(Fault(.hold, endpoint: Self.poll), to: .trakt)
        _ = await world.post("/api/trakt/pin/new")
        await world.simulator.waitForRequests(1, to: Self.poll, of: .trakt)
        world.simulator.approve(.trakt)
        #expect(await world.post("/api/trakt/pin/cancel").status == 200)
        world.simulator.release(.trakt)
        await world.simulator.waitForRequests(1, to: "POST /oauth/revoke", of: .trakt)
        #expect(await world.get("/api/trakt/status").json["state"] == "needs_sign_in")
        #expect(try await world.stored("auth") == nil)
    }

    @Test func `each way in which a code ends is told in words`() async throws {
        let world = try await World.ready()
        _ = await world.post("/api/trakt/pin/new")
        world.simulator.deny(.trakt)
        let denied = try await world.status("trakt") { $0[path: "flow.status"] == "access_denied" }
        #expect(denied[path: "flow.message"] == "The request was declined at Trakt.")
        #expect(denied[path: "flow.hint"] == "Get a new code and try again.")
        #expect(denied["state"] == "needs_sign_in")
        world.simulator.configure(.trakt) { $0.expiresIn = 1 }
        _ = await world.post("/api/trakt/pin/new")
        let expired = try await world.status("trakt") { $0[path: "flow.status"] == "expired_token" }
        #expect(expired[path: "flow.message"] == "The code was not approved at Trakt in time.")
        #expect(await world.companion.engine.live.count == 0)
        world.simulator.configure(.trakt) { $0.rejectedClients = ["*"] }
        let rejected = await world.post("/api/trakt/pin/new")
        #expect(
            rejected.summary == """
                409 {"ok":false,"error":"app_rejected","message":"Trakt does not know this Client ID.",\
                "hint":"Copy it again from https://developer.trakt.tv/apps. Trakt deletes apps that are not used."}
                """)
        let status = await world.get("/api/trakt/status").json
        #expect(status["state"] == "misconfigured")
        #expect(status["message"] == "Trakt does not know this Client ID.")
        // Another key: what was said of the old one is no longer said.
        _ = await world.post("/api/config", ["trakt": ["client_id": "other"]])
        #expect(await world.get("/api/trakt/status").json["state"] == "needs_sign_in")
    }

    @Test func `a provider that is down is told at the start and borne while polling`() async throws {
        let world = try await World.ready()
        world.simulator.add(Fault(.status(503), endpoint: Self.start), to: .trakt)
        #expect(
            await world.post("/api/trakt/pin/new").summary == """
                502 {"ok":false,"error":"unreachable","message":"Trakt has a problem of its own (HTTP 503).",\
                "hint":"Try again in a moment."}
                """)
        #expect(await world.get("/api/trakt/status").json["state"] == "unreachable")
        world.simulator.add(Fault(.lostAnswer, endpoint: Self.poll), to: .trakt)
        #expect(await world.post("/api/trakt/pin/new").status == 200)
        try await world.status("trakt") {
            $0[path: "flow.message"] == "Trakt could not be reached; still trying."
        }
        world.simulator.approve(.trakt)
        try await world.connected("trakt")
    }

    @Test func `what is missing is asked for before anything is sent`() async throws {
        let world = try World()
        #expect(
            await world.post("/api/trakt/pin/new").summary == """
                422 {"ok":false,"error":"missing_keys","message":"Trakt needs Client ID first.",\
                "hint":"Get it at https://developer.trakt.tv/apps, then enter it and save.",\
                "fields":[{"key":"trakt.client_id","message":"Enter the Client ID."}]}
                """)
        #expect(world.simulator.counts(.trakt) == [:])
        #expect(
            await world.post("/api/plex/authorize").summary == """
                409 {"ok":false,"error":"no_such_method","message":"Plex has no sign-in of this kind.",\
                "hint":"It has: device, popup."}
                """)
        #expect(
            await world.post("/api/trakt/pin/new", ["method": "redirect"]).summary == """
                422 {"ok":false,"error":"unknown_method","message":"Trakt has no such sign-in here.",\
                "hint":"Use one of: device."}
                """)
    }

    @Test func `the identifier of an account is made once, however many ask at once`() async throws {
        let world = try World()
        await withTaskGroup(of: Void.self) { group in
            for method in ["device", "popup", "device", "popup"] {
                group.addTask { _ = await world.post("/api/plex/pin/new", ["method": .string(method)]) }
            }
        }
        let snapshot = try await world.vault.read(owner: "default", account: "default")
        #expect(snapshot.revision == 1)
        #expect(snapshot.document[path: "plex.client_identifier"]?.stringValue?.utf8.count == 36)
        #expect(await world.companion.engine.live.count == 1)
    }

    @Test func `sign-ins of all accounts together are bounded`() async throws {
        let world = try await World.ready(pendingLimit: 2)
        #expect(await world.post("/api/trakt/pin/new?account=a").status == 200)
        #expect(await world.post("/api/trakt/authorize?account=b").status == 200)
        let refused = """
            429 {"ok":false,"error":"too_many_sign_ins","message":"2 sign-ins are going on, and more are not allowed.",\
            "hint":"Try again when some of them have ended."}
            """
        #expect(await world.post("/api/trakt/pin/new?account=c").summary == refused)
        #expect(await world.post("/api/trakt/authorize?account=c").summary == refused)
        // In the place of its own there is room, and when another has ended.
        #expect(await world.post("/api/trakt/authorize?account=a").status == 200)
        #expect(await world.post("/api/trakt/pin/cancel?account=b").status == 200)
        #expect(await world.post("/api/trakt/pin/new?account=c").status == 200)
    }

    @Test func `no secret is in the log, the events or an answer of the page`() async throws {
        let world = try await World.ready()
        let listener = try await world.listen()
        _ = await world.post("/api/trakt/pin/new")
        let device = try #require(try await world.stored("trakt._pending_device.values.device_code")?.stringValue)
        let shown = await [world.get("/api/trakt/pin/status"), world.get("/api/status"), world.get("/api/config")]
        world.simulator.approve(.trakt)
        var heard: [String] = []
        _ = try await listener.next {
            heard.append(String(decoding: $1.encoded(), as: UTF8.self))
            return $1["account_name"] != nil
        }
        _ = await world.post("/api/trakt/refresh")
        let secrets = [device] + world.simulator.accessTokens(.trakt) + world.simulator.refreshTokens(.trakt)
        #expect(secrets.count == 3)
        for text in shown.map(\.text) + heard + world.lines.all {
            for secret in secrets { #expect(!text.contains(secret)) }
        }
    }
}
