import HTTP
import JSON
import Simulator
import Site
import Testing

@testable import Companion
@testable import Providers

/// Every provider that the site describes, by every method that it offers, against the simulated service over real HTTP: to
/// connected, refreshed, disconnected.
@Suite(.timeLimit(.minutes(2))) struct EveryProviderTests {
    static let names: [String] = (try? SiteSources([]).catalogue().providers.map(\.name)) ?? []

    @Test(arguments: names) func `each method connects, refreshes and disconnects`(name: String) async throws {
        let stand = try await Stand(name)
        for method in stand.provider.methods {
            try await connect(stand, method)
            try await refresh(stand, method)
            try await disconnect(stand, method)
        }
        #expect(stand.world.simulator.complaints(stand.simulated) == [])
    }

    private func connect(_ stand: Stand, _ method: SignInMethod) async throws {
        let (world, name) = (stand.world, stand.provider.name)
        switch method.kind {
        case .device, .approval:
            let answer = await world.post("/api/\(name)/pin/new", ["method": .string(method.id)])
            #expect(answer.status == 200, "\(method.id): \(answer.text)")
            #expect(world.simulator.approve(stand.simulated) == 1)
        case .redirect:
            let answer = await world.post("/api/\(name)/authorize", ["method": .string(method.id)])
            #expect(answer.status == 200, "\(method.id): \(answer.text)")
            try await stand.comeBack(answer)
        case .key:
            // What is entered for each sign-in.
            let values = stand.provider.enteredOnce(method).map {
                ($0.key, $0.isSecret ? .string(world.simulator.behaviour(stand.simulated).password) : "sean" as JSON)
            }
            let answer = await world.post(
                "/api/\(name)/authorize", ["method": .string(method.id), "values": .object(JSONObject(values))])
            #expect(answer.summary == #"200 {"ok":true,"status":"ok"}"#)
        }
        let told = stand.provider.identity(for: method)?.map.map(\.name) ?? []
        let hasName = told.contains("name")
        let status = try await world.status(name) { $0["connected"] == true && (!hasName || $0["account_name"] != nil) }
        // A server of the person's own need not keep pictures.
        if told.contains("avatar"), stand.provider.discovery == nil {
            #expect(status["account_avatar"] != nil, "\(method.id)")
        }
        #expect(status["method"] == .string(method.id))
        #expect(status["not_granted"] == nil)
    }

    private func refresh(_ stand: Stand, _ method: SignInMethod) async throws {
        let (world, name) = (stand.world, stand.provider.name)
        let before = try await world.tokens(name)
        let given = world.simulator.refreshTokens(stand.simulated)
        let canRefresh = !given.isEmpty && stand.provider.refresh(for: method) != nil
        // What the service gives for renewing is used.
        #expect(given.isEmpty || canRefresh, "\(method.id)")
        #expect(await stand.status()["can_refresh"] == .bool(canRefresh), "\(method.id)")
        guard canRefresh else { return }
        #expect(await world.post("/api/\(name)/refresh").json["ok"] == true, "\(method.id)")
        let after = try await world.tokens(name)
        #expect(after[0] != before[0])
        // Where requests follow the token request, another token comes of them.
        let token = try #require(world.simulator.accessTokens(stand.simulated).first)
        #expect(after[0]?.stringValue?.hasSuffix(token) == true)
        #expect(after[1]?.stringValue == world.simulator.refreshTokens(stand.simulated).first)
    }

    private func disconnect(_ stand: Stand, _ method: SignInMethod) async throws {
        let canRevoke = stand.provider.revoke(for: method) != nil
        let answer = await stand.world.post("/api/\(stand.provider.name)/disconnect").json
        #expect(answer["forgotten"] == true, "\(method.id)")
        #expect(answer["revoked"] == .bool(canRevoke), "\(method.id): \(answer)")
        if canRevoke { #expect(stand.world.simulator.accessTokens(stand.simulated) == [], "\(method.id)") }
        stand.world.simulator.endSessions(stand.simulated)
        #expect(await stand.status()["connected"] == false)
    }

    // MARK: Smaller grants

    @Test func `a smaller grant is told for as long as it lasts`() async throws {
        let stand = try await Stand("spotify")
        let scope = "user-read-recently-played"
        stand.world.simulator.configure(stand.simulated) {
            ($0.refusedScopes, $0.earlierScopes) = ([scope], ["streaming"])
        }
        try await stand.comeBack(await stand.world.post("/api/spotify/authorize"))
        let status = try await stand.world.status("spotify") { $0["connected"] == true }
        let sentence: JSON =
            "Spotify is linked, but did not grant 'user-read-recently-played': reading what was played will not work."
        #expect(status["message"] == sentence)
        #expect(status["hint"] == "Connect again and allow everything that is asked for.")
        #expect(status["not_granted"] == [.string(scope)])
        let next = try await stand.world.restarted(only: "spotify")
        #expect(await next.get("/api/spotify/status").json["message"] == sentence)
    }

    @Test(arguments: ["", "gist", "user:email gist", "user:email,gist"])
    func `scopes that are not told are no smaller grant, and others are none of those that were asked for`(
        scope: String
    ) async throws {
        let stand = try await Stand("github")
        // GitHub Apps, which have no scopes, are answered with an empty one.
        let told = #"{"access_token":"gho_1","token_type":"bearer","scope":"\#(scope)"}"#
        #expect(await stand.world.post("/api/github/pin/new", ["method": "device"]).status == 200)
        stand.world.simulator.add(
            Fault(Misbehaviour.answer(told), endpoint: "POST /login/oauth/access_token"), to: .github)
        let status = try await stand.world.status("github") { $0["connected"] == true }
        #expect(status["not_granted"] == (scope.isEmpty ? nil : ["read:user"]))
        #expect(status["scope"]?.stringValue == (scope.isEmpty ? nil : scope))
        let smaller = "GitHub is linked, but did not grant 'read:user': reading the whole profile will not work."
        #expect(status["message"]?.stringValue == (scope.isEmpty ? "Connected to GitHub." : smaller))
    }

    // MARK: Redirect addresses

    private func page(_ answer: World.Answer, in place: (String, String)) async throws -> ClientResponse {
        let url = try #require(answer.json["authorization_url"]?.stringValue).replacing(place.0, with: place.1)
        return try await Client(userAgent: "a browser").send(ClientRequest(url: url))
    }

    @Test func `a redirect address that the provider does not take is told, and nobody is sent there`() async throws {
        let good = try await Stand("spotify")
        #expect(await good.status()["redirect_problem"] == nil)
        let answer = await good.world.post("/api/spotify/authorize")
        // So it would be there.
        let page = try await page(answer, in: ("127.0.0.1%3A8787", "localhost%3A8787"))
        #expect(page.status == 400)
        #expect(String(decoding: page.body, as: UTF8.self).contains("INVALID_CLIENT: Insecure redirect URI"))
        let stand = try await Stand("spotify", publicURL: "http://localhost:8787/")
        let sentence = "Spotify refuses redirect addresses with the name 'localhost'."
        let hint = "Open Latchkey by https or at http://127.0.0.1, and start it with that as --public-url."
        #expect(await stand.status()["redirect_problem"] == .string("\(sentence) \(hint)"))
        #expect(
            await stand.world.post("/api/spotify/authorize").summary
                == #"409 {"ok":false,"error":"redirect_refused","message":"\#(sentence)","hint":"\#(hint)"}"#)
        #expect(await stand.status()["flow"] == nil)
    }
}
