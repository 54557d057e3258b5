import Files
import HTTP
import JSON
import Simulator
import Synchronization
import TestSupport
import Testing

/// Nothing secret is in anything that anybody can see: answers, events, the log at its most talkative, pages, posts of
/// webhooks, and every file but those of sinks: in the vault it is sealed.
@Suite(.timeLimit(.minutes(2)))
struct SecrecyTests {
    private static let webhookSecret = "canary-webhook-secret"

    /// A world in which everybody is told of everything.
    private func tellingWorld(_ port: Int) async throws -> World {
        let world = try await World { folder in
            try folder.write(Self.webhookSecret + "\n", to: "secret")
            try Files.makeFolder(folder("sinks"))
            let sinks = SimulatedProvider.allCases.map { provider in
                #"{ provider: "\#(provider.rawValue)", file: "\#(folder("sinks/" + provider.rawValue))", template: "env" }"#
            }
            try folder.write("{ sinks: [\(sinks.joined(separator: ",\n"))] }", to: "site/latchkey.json5")
            return [
                "--webhook", "http://127.0.0.1:\(port)/canary-path?canary-query", "--webhook-secret-file",
                folder("secret"),
            ]
        }
        try await world.enterKeys()
        try await world.post(
            "/api/config",
            [
                "trakt": ["client_secret": "canary-trakt-secret"], "simkl": ["client_secret": "canary-simkl-secret"],
            ])
        return world
    }

    /// The secrets of the sign-ins that wait, as they are in the vault.
    private func pendingSecrets(_ world: World) throws -> [String] {
        let vault = try world.vault
        var secrets: [String] = []
        for provider in SimulatedProvider.allCases {
            let device = vault[provider.rawValue]?["_pending_device"] ?? .null
            secrets += ["device_code", "pin_id"].map { device.text("values.\($0)") }
            // TMDB's page is told its state in its address, which the page has to know.
            if provider != .tmdb { secrets.append(device.text("state")) }
            let redirect = vault[provider.rawValue]?["_pending_redirect"] ?? .null
            secrets += [redirect.text("flow.state"), redirect.text("flow.code_verifier"), redirect.text("binding")]
        }
        return secrets.filter { !$0.isEmpty }
    }

    private func tokens(_ world: World, _ provider: SimulatedProvider) -> [String] {
        world.simulator.accessTokens(provider) + world.simulator.refreshTokens(provider)
    }

    /// Reads everything there is to read.
    private func look(_ world: World) async throws {
        for path in ["/", "/api/status", "/api/config", "/api/auth/providers", "/api/auth/providers/html"] {
            _ = try await world.get(path)
        }
        for provider in SimulatedProvider.allCases {
            for path in ["status", "pin/status"] { _ = try await world.get("/api/\(provider.rawValue)/\(path)") }
        }
        // NowPlaying's answer to a refresh has the token, as that of a reveal has.
        _ = try await world.send("GET", "/trakt/refresh-token/", isSecret: true)
        for path in [
            "auth-status", "fetch-latest-movies", "fetch-latest-shows", "sync-status",
            "get-stored-movies", "get-stored-shows",
        ] {
            _ = try await world.get("/trakt/\(path)/")
        }
    }

    // MARK: The flows

    /// Signs in by code in ways that end badly: cancelled, declined, and refused for a wrong app.
    private func linkInVain(_ world: World) async throws -> [String] {
        var secrets: [String] = []
        for provider in SimulatedProvider.allCases {
            try await world.begin(provider)
            secrets += try pendingSecrets(world)
            try await world.post("/api/\(provider.rawValue)/pin/cancel")
        }
        try await world.begin(.trakt)
        secrets += try pendingSecrets(world)
        world.simulator.deny(.trakt)
        try await world.status(.trakt, flow: "access_denied")
        world.simulator.add(Fault(.status(403)), to: .trakt)
        _ = try await world.post("/api/trakt/pin/new")
        try await look(world)
        return secrets
    }

    /// Signs in everywhere by code, with a crash and a failure on the way; gives what was secret about it.
    private func linkByCode(_ world: World) async throws -> [String] {
        for provider in SimulatedProvider.allCases { try await world.begin(provider) }
        let secrets = try pendingSecrets(world)
        #expect(secrets.count == 6)
        try await look(world)
        try await world.crash()
        world.simulator.add(Fault(.status(500)), to: .trakt)
        for provider in SimulatedProvider.allCases {
            world.simulator.approve(provider)
            try await world.status(provider) { $0["account_name"] != nil }
        }
        try await look(world)
        return secrets
    }

    /// Signs in by redirect, refused and accepted.
    private func linkByRedirect(_ world: World, _ provider: SimulatedProvider) async throws -> [String] {
        var secrets = tokens(world, provider)
        let journey = try await world.depart(provider)
        secrets += try pendingSecrets(world) + [journey.state]
        let query = try await world.decide(journey)
        _ = try await world.arrive(provider, query, cookie: "")
        try await look(world)
        _ = try await world.arrive(provider, query, cookie: journey.cookie)
        try await world.status(provider) { $0.text("account_name") == "sean" }
        let codes = query.split(separator: "&").filter { $0.hasPrefix("code=") }.map { String($0.dropFirst(5)) }
        #expect(codes.count == 1)
        return secrets + codes
    }

    /// Makes keys for apps, uses them, rightly and wrongly, and takes one back; gives them.
    private func useKeys(_ world: World) async throws -> [String] {
        var keys: [String] = []
        for name in ["kodi", "script"] {
            let run = try await Command.latchkey(
                "apikey", "new", name, "--allow", "trakt,simkl", "--data", world.folder("data"), "--site",
                world.folder("site"))
            #expect(run.code == 0)
            keys.append(run.output.filter { !$0.isNewline })
        }
        for key in keys + [keys[0] + "x"] {
            for path in ["/api/token/trakt", "/api/token/tmdb", "/api/status", "/trakt/auth-status/"] {
                _ = try await world.send("GET", path, ["Authorization": "Bearer \(key)"], isSecret: true)
            }
        }
        // A token that is refused is replaced, unless it is too new for that.
        let shown = try await world.send(
            "GET", "/api/token/trakt", ["Authorization": "Bearer \(keys[1])"], isSecret: true)
        #expect(shown.status == 200 && !shown.json.text("access_token").isEmpty)
        let renewed = try await world.send(
            "POST", "/api/token/trakt/rejected",
            ["Authorization": "Bearer \(keys[1])", "Content-Type": "application/json", "Origin": try world.origin],
            body: JSON.object(["access_token": shown.json["access_token"] ?? .null]).encoded(), isSecret: true)
        #expect(renewed.status == 200 || renewed.json.text("error") == "just_renewed")
        #expect(try await world.post("/api/apikeys/revoke", ["name": "kodi"]).status == 200)
        _ = try await world.get("/api/token/trakt", ["Authorization": "Bearer \(keys[0])"])
        _ = try await world.get("/api/apikeys")
        return keys
    }

    /// Asks from the command line, beside the server; gives what was printed, but for the token where it was asked for.
    private func useCommands(_ world: World) async throws -> String {
        let desk = Desk(beside: world)
        let token = try await desk.run("token", "simkl")
        #expect(token.code == 0 && token.output.contains("simkl_at_"))
        let ran = try await desk.run("exec", "simkl", "--", "/bin/sh", "-c", "echo done")
        let others = [
            try await desk.run("status"), try await desk.run("status", "--json"), try await desk.run("apikey", "list"),
            try await desk.run("token", "plex", "--account", "nobody"),
            try await Command.latchkey("audit", "--data", world.folder("data"), "--site", world.folder("site")),
        ]
        #expect(ran.code == 0 && ran.output == "done\n" && others.map(\.code) == [0, 0, 0, 1, 0], "\(others)")
        return ([ran] + others).map { $0.output + $0.errors }.joined() + token.errors
    }

    /// Refreshes, refused at last; shows, and ends all.
    private func end(_ world: World) async throws -> [String] {
        _ = try await world.post("/api/trakt/refresh")
        _ = try await world.post("/api/simkl/refresh")
        var secrets: [String] = []
        for provider in SimulatedProvider.allCases {
            secrets += tokens(world, provider)
            let shown = try await world.send(
                "POST", "/api/\(provider.rawValue)/token/reveal", ["Origin": try world.origin], isSecret: true)
            #expect(shown.status == 200)
            if provider == .trakt { world.simulator.endSessions(.trakt) }
            _ = try await world.post("/api/\(provider.rawValue)/refresh")
            try await look(world)
            _ = try await world.post("/api/\(provider.rawValue)/disconnect")
        }
        try await look(world)
        return secrets
    }

    @Test func `no device code, state, verifier, token or app secret gets out`() async throws {
        let posts = Mutex<[String]>([])
        try await TestServer.run(responder: { request in
            let fields = request.headers.fields.map { "\($0.name): \($0.value)" }.joined(separator: "\n")
            posts.withLock { $0.append(fields + String(decoding: request.body, as: UTF8.self)) }
            return Response(status: posts.withLock(\.count) == 1 ? 500 : 204)
        }) { receiver in
            let world = try await tellingWorld(receiver.port)
            let feed = try await EventFeed(port: try world.port)
            var secrets = [
                "canary-trakt-secret", "canary-simkl-secret", Self.webhookSecret, "canary-path", "canary-query",
            ]
            secrets.append(Simulator.demoValues["tmdb.api_key"] ?? "")
            secrets += try await linkInVain(world)
            secrets += try await linkByCode(world)
            for provider in [SimulatedProvider.trakt, .simkl] {
                secrets += try await linkByRedirect(world, provider)
            }
            secrets += try await useKeys(world)
            let printed = try await useCommands(world)
            #expect(try Files.regularFiles(below: world.folder("sinks")).count == SimulatedProvider.allCases.count)
            secrets += try await end(world)
            _ = try await world.waitForLog("info sink removed")
            #expect(try await world.stop() == .exited(code: 0))
            for provider in SimulatedProvider.allCases {
                let issued = world.simulator.secrets(provider)
                // The page has to know TMDB's request token: it is in the address to open.
                secrets += (provider == .tmdb ? [] : issued.device) + issued.codes + issued.tokens
                if provider != .openid { #expect(issued.tokens.count >= 1, "\(provider)") }
            }
            let files = try world.everyFile
            let names = files.map(\.path).filter { $0.hasPrefix("data/") }
            #expect(
                Set(["data/audit.log", "data/telling/sinks.json", "data/telling/webhooks.json"]).isSubset(of: names))
            let seen = try world.everythingSeen + feed.text + printed + posts.withLock { $0.joined(separator: "\n") }
            #expect(seen.contains("info linked") && seen.contains("debug webhook delivered"))
            expectNone(of: secrets, in: [("what was seen", seen)] + files)
            let events = files.first { $0.path == "data/audit.log" }?.text ?? ""
            for event in [
                "started", "config_changed", "api_key_made", "api_key_used", "api_key_revoked", "linked", "refreshed",
                "revealed",
                "reconnect_needed", "unlinked",
                "stopped",
            ] {
                #expect(events.contains(#""event":"\#(event)""#), "\(event)")
            }
        }
    }

    @Test func `no password and no session gets out, whatever is tried with them`() async throws {
        let world = try await World(["--sign-in", "password"])
        let passwords = ["canary-password-1", "canary-password-2", "canary-password-wrong"]
        try await world.setPassword(passwords[0])
        var sessions = [try await world.signIn(passwords[0]), try await world.signIn(passwords[0])]
        await #expect(throws: World.Trouble.self) { try await world.signIn(passwords[2]) }
        for path in ["/", "/api/status", "/api/config", "/sign-in/"] {
            _ = try await world.get(path, ["Cookie": sessions[0]])
            _ = try await world.get(path, ["Cookie": sessions[0] + "x"])
        }
        try await world.setPassword(passwords[1])
        _ = try await world.get("/", ["Cookie": sessions[0]])
        sessions.append(try await world.signIn(passwords[1]))
        let end = try await world.send(
            "POST", "/api/sign-out", ["Cookie": sessions[2], "Origin": try world.origin], isSecret: true)
        #expect(end.status == 200)
        #expect(try await world.stop() == .exited(code: 0))
        let secrets = passwords + sessions.map { String($0.drop { $0 != "=" }.dropFirst()) }
        let files = try world.everyFile
        expectNone(of: secrets, in: [("what was seen", try world.everythingSeen)] + files)
        let events = files.first { $0.path == "data/audit.log" }?.text ?? ""
        for event in ["password_set", "signed_in", "sign_in_refused", "signed_out"] {
            #expect(events.contains(#""event":"\#(event)""#), "\(event)")
        }
    }
}

/// Looks for secrets in what can be seen.
func expectNone(of secrets: [String], in places: [(path: String, text: String)]) {
    #expect(secrets.allSatisfy { $0.utf8.count >= 9 }, "\(secrets)")
    for place in places {
        for secret in Set(secrets) where place.text.contains(secret) { Issue.record("\(secret) is in \(place.path)") }
    }
}
