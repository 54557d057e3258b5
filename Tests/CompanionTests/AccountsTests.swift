import HTTP
import JSON
import Providers
import Simulator
import Testing

@testable import Companion

/// What the command line does with accounts, without any request to a server.
@Suite(.timeLimit(.minutes(1))) struct AccountsTests {
    private let world: World
    private var accounts: Accounts { Accounts(world.companion) }

    init() async throws { world = try await World.ready() }

    private func id(_ provider: String, _ account: String = "default") -> Accounts.ID {
        Accounts.ID(owner: "default", account: account, provider: provider)
    }

    private func method(_ provider: String, _ id: String) throws -> SignInMethod {
        try #require(accounts.catalogue[provider]?.method(id))
    }

    private func state(_ id: Accounts.ID) async throws -> JSON? { try await accounts.status(id)["state"] }

    @Test func `a code is approved elsewhere, and the account linked under its name`() async throws {
        let trakt = id("trakt")
        guard case .approval(let approval) = try await accounts.begin(try method("trakt", "device"), trakt) else {
            Issue.record("there is no code")
            return
        }
        #expect(approval.url.hasSuffix("/activate") && (1...600).contains(approval.seconds))
        #expect(await accounts.progress(trakt) == .waiting)
        #expect(world.simulator.approve(.trakt, userCode: approval.code, account: "sean") == 1)
        try await accounts.wait(trakt) { _ in }
        #expect(await accounts.name(trakt) == "sean")
        #expect(try await accounts.token(trakt).accessToken == world.stored("auth.trakt.access_token")?.stringValue)
        #expect(try await accounts.token(trakt).app == ["client_id": "app"])
        let ended = try await accounts.unlink(trakt)
        #expect(ended.message == "Disconnected, and ended at Trakt." && ended.page == nil)
        await #expect(
            throws: Problem(
                409, "not_linked", "Trakt is not connected.",
                hint: "Connect it with 'latchkey link trakt', or on the page.")
        ) { try await accounts.token(trakt) }
    }

    @Test func `a sign-in that is declined, or given up, ends with a sentence`() async throws {
        let trakt = id("trakt")
        _ = try await accounts.begin(try method("trakt", "device"), trakt)
        world.simulator.deny(.trakt)
        await #expect(throws: Problem.self) { try await accounts.wait(trakt) { _ in } }
        _ = try await accounts.begin(try method("trakt", "device"), trakt)
        await accounts.cancel(trakt)
        guard case .failed(let problem) = await accounts.progress(trakt) else {
            Issue.record("it goes on")
            return
        }
        #expect(problem.message == "Connecting Trakt was cancelled.")
        #expect(try await world.stored("trakt._pending_device") == nil)
    }

    @Test func `the address to which the browser was sent ends a redirect, and no other does`() async throws {
        let simkl = id("simkl", "alice")
        guard case .redirect(let redirect) = try await accounts.begin(try method("simkl", "redirect"), simkl) else {
            Issue.record("there is no redirect")
            return
        }
        #expect(redirect.redirectURI == "\(World.origin)/simkl/oauth-callback/")
        let wrong = Problem(
            422, "invalid_state", "This is not the address to which the browser was sent for this sign-in.",
            hint: "It begins with \(World.origin)/simkl/oauth-callback/?")
        for address in [
            "", "hello", redirect.url, "\(redirect.redirectURI)?code=x",
            "https://evil.example/\(redirect.redirectURI)?x", "?code=x&state=y",
        ] {
            await #expect(throws: wrong, "\(address)") { try await accounts.comeBack(to: address, redirect, simkl) }
        }
        #expect(await accounts.progress(simkl) == .waiting)
        let answer = try await Client(userAgent: "a browser").send(
            ClientRequest(
                method: "POST", url: redirect.url, headers: ["Content-Type": "application/x-www-form-urlencoded"],
                body: Array("decision=approve&account=sean".utf8)))
        let location = try #require(answer.headers["Location"])
        try await accounts.comeBack(to: " \(location)#top\r\n", redirect, simkl)
        try await accounts.wait(simkl) { _ in }
        #expect(try await state(simkl) == "connected")
        #expect(try await state(id("simkl")) == "needs_sign_in")
    }

    @Test func `what is missing is entered, checked, and kept`() async throws {
        let tmdb = id("tmdb", "bob")
        try await world.vault.apply([.remove("tmdb", "api_key")], owner: "default", account: "default")
        let key = try method("tmdb", "key")
        #expect(try await accounts.missing(key, tmdb).map(\.key) == ["api_key"])
        await #expect(throws: Problem.self) { try await accounts.enter(["api_key": "short"], tmdb) }
        await #expect(throws: Problem.self) { try await accounts.enter(["nonsense": "x"], tmdb) }
        #expect(try await accounts.enter(["api_key": World.tmdbKey], tmdb).isEmpty)
        #expect(try await accounts.missing(key, tmdb).isEmpty)
        #expect(try await accounts.begin(key, tmdb) == .none)
        #expect(try await state(tmdb) == "connected")
        #expect(!world.lines.all.joined().contains(World.tmdbKey))
    }

    @Test func `the default account is listed with all providers, others with theirs`() async throws {
        try await world.linkTrakt()
        try await world.vault.apply(
            [.set("simkl", "client_id", to: "other")], owner: "default", account: "alice")
        let listed = try await accounts.statuses(owner: "default").map {
            [$0["provider"], $0["account"], $0["state"]].map { $0?.stringValue ?? "" }.joined(separator: " ")
        }
        #expect(
            listed == [
                "plex default needs_sign_in", "simkl default needs_sign_in", "simkl alice needs_sign_in",
                "tmdb default needs_sign_in", "trakt default connected",
            ])
        try await world.vault.apply(
            [.set("_owner", to: "ann")], owner: Visitor.owner(ofUser: "ann"), account: "default")
        #expect(try await accounts.owners().map(\.name) == ["", "ann"])
    }

    @Test func `a sign-in that another process follows is pending here, too`() async throws {
        let other = try World(stored: try world.folder.text(of: "default.json"), server: world.server)
        _ = try await accounts.begin(try method("trakt", "device"), id("trakt"))
        let pending = try #require(try await world.stored("trakt._pending_device"))
        try await other.vault.apply(
            [.set("trakt", "_pending_device", to: pending)], owner: "default", account: "default")
        let status = try await Accounts(other.companion).status(id("trakt"))
        #expect(status["state"] == "pending" && status["message"] == "A sign-in is going on.")
    }

    @Test func `what is no provider, no account or not linked is refused`() async throws {
        await #expect(throws: Problem(404, "unknown_provider", "There is no provider 'netflix'.")) {
            _ = try await accounts.status(id("netflix"))
        }
        await #expect(throws: Problem.self) { _ = try await accounts.status(id("trakt", "../x")) }
        #expect(try await accounts.unlink(id("plex")).message == "Plex was not connected.")
    }
}
