import HTTP
import JSON
import Simulator
import Testing

@testable import Companion
@testable import Providers

/// The picture of an account: found with its name, and given to the page by the companion.
@Suite(.timeLimit(.minutes(1))) struct AvatarTests {
    let world: World

    init() async throws {
        world = try await World.ready()
        try await world.linkTrakt()
    }

    private func path() async -> String {
        "/" + (await world.get("/api/trakt/status").json["account_avatar"]?.stringValue ?? "")
    }

    private let none = """
        404 {"ok":false,"error":"not_found","message":"Trakt gives no picture of this account."}
        """

    @Test func `the page gets it from the companion, and may keep it for a day`() async throws {
        let path = await path()
        #expect(path.hasPrefix("/api/trakt/avatar?v="))
        let answer = await world.get(path)
        #expect(answer.status == 200)
        #expect(answer.headers["Content-Type"] == "image/png")
        #expect(answer.headers["Cache-Control"] == "private, max-age=86400")
        #expect(answer.text.contains("PNG"))
        #expect(world.simulator.counts(.trakt)["GET /picture"] == 1)
    }

    @Test func `what is no picture is not passed on`() async throws {
        let path = await path()
        for kind in [Fault.Kind.notJSON, .emptyBody, .status(500)] {
            world.simulator.add(Fault(kind, endpoint: "GET /picture"), to: .trakt)
            #expect(await world.get(path).summary == none)
        }
        #expect(world.simulator.counts(.trakt)["GET /picture"] == 3)
    }

    @Test func `one person may ask for so many in a minute, and takes nothing from others`() async throws {
        let path = await path()
        var (answer, given) = (await world.get(path), 0)
        while answer.status == 200 { (answer, given) = (await world.get(path), given + 1) }
        #expect(given >= FlowEngine.avatars)
        #expect(
            answer.summary == """
                429 {"ok":false,"error":"too_many","message":"Pictures of accounts were asked for too often.",\
                "hint":"Try again in a minute."}
                """)
        #expect(answer.headers["Retry-After"] == "1")
        let other = AccountID(owner: Visitor.owner(ofUser: "alice"), account: "default")
        for path in ["auth", "trakt"] {
            let stored = try #require(try await world.stored(path))
            try await world.vault.apply([.set(path, to: stored)], owner: other.owner, account: other.account)
        }
        let provider = try #require(world.companion.parts.catalogue["trakt"])
        #expect(try await world.companion.engine.avatar(provider, other).type == "image/png")
    }

    @Test(
        arguments: [
            "https://elsewhere.example/sean.png", "http://169.254.169.254/latest", "file:///etc/passwd",
            "not an address",
        ])
    func `an address that is not the provider's is never asked`(address: String) async throws {
        try await world.vault.apply(
            [.set("auth", "trakt", "avatar", to: .string(address))], owner: "default", account: "default")
        #expect(await world.get(await path()).summary == none)
        #expect(world.simulator.counts(.trakt)["GET /picture"] == nil)
    }

    @Test func `an account that is not connected has none`() async throws {
        let path = await path()
        _ = await world.post("/api/trakt/disconnect")
        #expect(await world.get("/api/trakt/status").json["account_avatar"] == nil)
        #expect(await world.get(path).summary == none)
        #expect(await world.get("/api/trakt/avatar?account=alice").summary == none)
    }

    @Test func `that of a server of one's own comes from there, and from nowhere when the server is another`()
        async throws
    {
        let world = try await InstanceTests.world(.jellyfin)
        _ = await world.post("/api/jellyfin/pin/new")
        world.simulator.approve(.jellyfin)
        let status = try await world.status("jellyfin") { $0["account_avatar"] != nil }
        let path = "/" + (status["account_avatar"]?.stringValue ?? "")
        #expect(await world.get(path).status == 200)
        #expect(world.simulator.counts(.jellyfin)["GET /Users/{}/Images/Primary"] == 1)
        try await world.vault.apply(
            [.set("jellyfin", "server", to: "http://127.0.0.1:1")], owner: "default", account: "default")
        #expect(await world.get(path).status == 404)
        #expect(world.simulator.counts(.jellyfin)["GET /Users/{}/Images/Primary"] == 1)
    }
}
