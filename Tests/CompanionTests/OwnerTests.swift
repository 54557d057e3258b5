import HTTP
import JSON
import Testing
import Vault

@testable import Companion

/// Several people in one installation: none takes the room of the others.
@Suite(.timeLimit(.minutes(1))) struct OwnerTests {
    private static let alice = Visitor.owner(ofUser: "alice")
    private static let bob = Visitor.owner(ofUser: "bob")

    @Test func `one person's starts leave some for the others`() {
        var pace = StartPace(pendingLimit: 1000)
        func start(_ owner: String, _ account: Int) -> Bool {
            pace.take(.init(provider: "trakt", id: .init(owner: owner, account: "a\(account)")), at: 0) == nil
        }
        #expect((0..<100).count { start(Self.alice, $0) } == 25)
        #expect((0..<100).count { start(Self.bob, $0) } == 25)
        #expect((0..<100).count { start(VaultName.default, $0) } == 50)
    }

    @Test func `one person's pending sign-ins leave room for the others`() async throws {
        let world = try await World.ready(pendingLimit: 40)
        let engine = world.companion.engine
        let provider = try #require(world.companion.parts.catalogue["trakt"])
        let method = try #require(provider.methods.first { $0.kind == .redirect })
        for owner in [Self.alice, Self.bob] {
            for account in ["default"] + (1...12).map({ "a\($0)" }) {
                try await world.vault.apply([.set("trakt", "client_id", to: "app")], owner: owner, account: account)
            }
        }
        func begin(_ owner: String, _ account: String) async -> Int {
            do {
                _ = try await engine.beginRedirect(
                    provider, method, AccountID(owner: owner, account: account), FlowCookies())
                return 200
            } catch {
                return error.status
            }
        }
        var answers: [Int] = []
        for number in 1...12 { answers.append(await begin(Self.alice, "a\(number)")) }
        #expect(answers == Array(repeating: 200, count: 10) + [429, 429])
        // What goes on is no new one, and others have their own share.
        #expect(await begin(Self.alice, "a1") == 200)
        #expect(await begin(Self.bob, "a1") == 200)
        #expect(await begin(VaultName.default, "a1") == 200)
    }

    @Test func `one person's streams of events are bounded, and are counted until they end`() throws {
        let hub = EventHub()
        let id = [AccountID(owner: Self.alice, account: "default")]
        var streams = try (0..<EventHub.mostOfVisitor).map { _ in try hub.open(id) }
        #expect(throws: Problem.self) { try hub.open([AccountID(owner: Self.alice, account: "other")]) }
        streams.append(try hub.open([AccountID(owner: Self.bob, account: "default")]))
        streams[0].close()
        streams.append(try hub.open(id))
        #expect(throws: Problem.self) { try hub.open(id) }
        // One that is about several accounts is still one.
        for stream in streams { stream.close() }
        let both = try hub.open(id + [AccountID(owner: Self.alice, account: "other")])
        #expect(hub.count == 1)
        both.close()
        #expect(hub.count == 0)
    }

    @Test func `shared app keys stand in for none, and are never mixed with one's own`() async throws {
        let world = try World()
        try await world.vault.apply(
            [.set("trakt", "client_id", to: "shared"), .set("trakt", "client_secret", to: "secret")],
            owner: VaultName.default, account: VaultName.default)
        try await world.vault.apply([.set("trakt", "client_secret", to: "own")], owner: Self.bob, account: "default")
        let parts = world.companion.parts
        let sharing = parts.replacing(
            catalogue: parts.catalogue, publicURL: parts.publicURL, app: parts.app, log: parts.log, sharesKeys: true)
        let provider = try #require(parts.catalogue["trakt"])
        func values(_ parts: EngineParts, _ owner: String, _ account: String = "default") async throws -> [String?] {
            let values = try await parts.values(provider, AccountID(owner: owner, account: account))
            return [values["client_id"], values["client_secret"]]
        }
        #expect(try await values(parts, Self.alice) == [nil, nil])
        #expect(try await values(sharing, Self.alice) == ["shared", "secret"])
        #expect(try await values(sharing, Self.alice, "home") == ["shared", "secret"])
        #expect(try await values(sharing, Self.bob) == [nil, "own"])
        #expect(try await values(sharing, Self.bob, "home") == [nil, "own"])
    }
}
