import JSON
import Simulator
import Testing

@testable import Companion

/// Any OpenID Connect or OAuth server, over real HTTP: by what it says of itself, or by addresses that are entered.
@Suite(.timeLimit(.minutes(2))) struct DiscoveredServerTests {
    private static let label = "OpenID Connect or OAuth"
    private let stand: Stand
    private var world: World { stand.world }
    private var base: String { world.server.url + "/oidc/id" }

    init() async throws { stand = try await Stand("oidc") }

    private func enter(_ values: [String: String?], account: String = "default") async throws {
        try await world.vault.apply(
            values.map { key, value in
                value.map { .set("oidc", key, to: .string($0)) } ?? .remove("oidc", key)
            }, owner: "default", account: account)
    }

    /// Links by redirect, by code, and renews and ends each.
    private func go(account: String = "default") async throws {
        let named = "?account=\(account)"
        for method in ["redirect", "device"] {
            if method == "redirect" {
                try await stand.comeBack(await world.post("/api/oidc/authorize\(named)"))
            } else {
                #expect(await world.post("/api/oidc/pin/new\(named)", ["method": "device"]).status == 200)
                #expect(world.simulator.approve(.oidc, account: "sean") == 1)
            }
            let status = try await world.status("oidc", account: account) {
                $0["connected"] == true && $0["account_name"] == "sean"
            }
            #expect(status["method"] == .string(method))
            #expect(await world.post("/api/oidc/refresh\(named)").json["ok"] == true, "\(method)")
            #expect(await world.post("/api/oidc/disconnect\(named)").json["revoked"] == true, "\(method)")
            #expect(world.simulator.accessTokens(.oidc) == [])
        }
        #expect(world.simulator.complaints(.oidc) == [])
    }

    // MARK: Metadata

    @Test func `a server with nothing but the metadata of RFC 8414 will do`() async throws {
        world.simulator.configure(.oidc) { $0.isPlainOAuth = true }
        try await go()
        let counts = world.simulator.counts(.oidc)
        #expect(counts["GET /.well-known/oauth-authorization-server"] == 2)
    }

    @Test func `a server that names another issuer, or none, is not believed`() async throws {
        world.simulator.configure(.oidc) { $0.issuer = "https://evil.example" }
        #expect(
            await world.post("/api/oidc/authorize").summary == """
                409 {"ok":false,"error":"discovery_failed","message":"127.0.0.1 names another issuer than \(base).",\
                "hint":"Compare the address with what the server says of itself, or leave it empty and enter its addresses."}
                """)
        #expect(try await world.stored("oidc._discovered") == nil)
    }

    @Test func `a slash at the end of the issuer may be there or not`() async throws {
        let issuer = base + "/"
        world.simulator.configure(.oidc) { $0.issuer = issuer }
        try await go()
        try await enter(["issuer": issuer])
        try await go()
    }

    @Test func `what is entered as it is copied is kept as it is`() async throws {
        let values: JSON = ["issuer": .string(" \(base)/ "), "token_endpoint": "https://id.example.org/o/token/?p=1"]
        #expect(await world.post("/api/config", ["oidc": values]).status == 200)
        #expect(try await world.stored("oidc.issuer") == .string(base + "/"))
        #expect(try await world.stored("oidc.token_endpoint") == "https://id.example.org/o/token/?p=1")
    }

    @Test func `a server that is not there, or may not be asked, is not called wrong`() async throws {
        try await enter(["issuer": "http://127.0.0.1:9/realms/home"])
        #expect(
            await world.post("/api/oidc/authorize").summary == """
                502 {"ok":false,"error":"unreachable","message":"127.0.0.1 could not be reached.","hint":"Try again in a moment."}
                """)
        try await enter(["issuer": "http://192.0.2.7/realms/home"])
        #expect(
            await world.post("/api/oidc/authorize").summary == """
                502 {"ok":false,"error":"unreachable","message":"192.0.2.7 is not asked: 192.0.2.7 is not in a private \
                network: its address must begin with https://.","hint":"Enter another address."}
                """)
    }

    @Test func `without a device address there are no codes, and the other way goes on`() async throws {
        world.simulator.configure(.oidc) { $0.missingEndpoints = ["device_authorization_endpoint"] }
        #expect(
            await world.post("/api/oidc/pin/new", ["method": "device"]).summary == """
                409 {"ok":false,"error":"feature_disabled","message":"This server has no Device address.",\
                "hint":"Choose another way to sign in."}
                """)
        try await stand.comeBack(await world.post("/api/oidc/authorize"))
        try await world.connected("oidc")
    }

    // MARK: Scopes

    @Test func `the scopes that are entered are asked for, and what is not granted of them is told`() async throws {
        try await enter(["scopes": "openid email"])
        let answer = await world.post("/api/oidc/authorize")
        let address = try #require(answer.json["authorization_url"]?.stringValue)
        #expect(address.contains("&scope=openid%20email&"))
        try await stand.comeBack(answer)
        let status = try await world.status("oidc") { $0["connected"] == true }
        #expect(status["not_granted"] == ["email"])
        #expect(
            status["message"]?.stringValue
                == "\(Self.label) is linked, but did not grant 'email'.")
        #expect(world.simulator.complaints(.oidc) == [])
    }

    // MARK: Apps with a secret

    /// What must be encoded before it is put together (RFC 6749 section 2.3.1).
    private static let client = "home app:1"
    private static let secret = "p%26&s:w=rd é+"

    @Test(
        arguments: [
            nil, ["client_secret_basic"], ["client_secret_post"], ["private_key_jwt", "client_secret_basic"],
            ["client_secret_post", "client_secret_basic"], ["client_secret_jwt", "client_secret_post"],
        ] as [[String]?])
    func `the secret is sent as the server wants it`(proofs: [String]?) async throws {
        world.simulator.configure(.oidc) {
            $0.clientProofs = proofs
            $0.clientSecret = Self.secret
        }
        try await enter(["client_id": Self.client, "client_secret": Self.secret])
        try await go()
        try await enter(["client_secret": "another"])
        #expect(await world.post("/api/oidc/pin/new", ["method": "device"]).json["error"] == "app_rejected")
    }

    @Test func `an app without a secret sends none`() async throws {
        world.simulator.configure(.oidc) { $0.clientProofs = ["client_secret_basic", "none"] }
        try await go()
    }

    // MARK: Addresses that are entered

    @Test(arguments: ["client_secret_basic", "client_secret_post"])
    func `addresses may be entered where a server does not say them`(proof: String) async throws {
        world.simulator.configure(.oidc) {
            $0.clientProofs = [proof]
            $0.clientSecret = Self.secret
        }
        try await enter([
            "issuer": nil, "client_secret": Self.secret, "authorization_endpoint": base + "/authorize",
            "token_endpoint": base + "/token", "device_authorization_endpoint": base + "/device",
            "userinfo_endpoint": base + "/userinfo", "revocation_endpoint": base + "/revoke",
            // Basic is what all servers know.
            "token_endpoint_auth_method": proof == "client_secret_basic" ? nil : proof,
        ])
        try await go()
        #expect(world.simulator.counts(.oidc)["GET /.well-known/openid-configuration"] == nil)
    }

    @Test func `what a server does not have is left out`() async throws {
        try await enter([
            "issuer": nil, "authorization_endpoint": base + "/authorize", "token_endpoint": base + "/token",
        ])
        try await stand.comeBack(await world.post("/api/oidc/authorize"))
        try await world.connected("oidc")
        #expect(await world.post("/api/oidc/refresh").json["ok"] == true)
        // There is no address to end it at.
        #expect(await world.post("/api/oidc/disconnect").json["revoked"] == false)
        #expect(
            await world.post("/api/oidc/pin/new", ["method": "device"]).summary == """
                422 {"ok":false,"error":"misconfigured","message":"\(Self.label) needs the Device address, which is \
                empty.","hint":"Enter the Device address in the settings of \(Self.label) and save it."}
                """)
    }

    // MARK: Callbacks

    /// What is in the place of `iss` in the callback, and what that means: nothing when it is linked.
    @Test(
        arguments: [
            ("ISS", true, nil), ("", true, "does not say who sent it"), ("evil", true, "came from 'evil'"),
            ("ISS&iss=ISS", true, "names more than one sender"), ("", false, nil), ("evil", false, "came from 'evil'"),
        ] as [(String, Bool, String?)])
    func `a callback names the server that was asked`(iss: String, isSaid: Bool, wrong: String?) async throws {
        let base = base
        world.simulator.configure(.oidc) { $0.issuer = isSaid ? base : nil }
        var (target, cookie) = try await stand.approve(await world.post("/api/oidc/authorize"))
        target = String(target.prefix(upTo: target.firstRange(of: "&iss=")?.lowerBound ?? target.endIndex))
        let named = iss.replacing("ISS", with: base)
        if !iss.isEmpty { target += "&iss=\(named)" }
        _ = await world.get(target, headers: ["Cookie": cookie])
        guard let wrong else {
            try await world.connected("oidc")
            return
        }
        let flow = await stand.status()["flow"]
        #expect(flow?["status"] == "invalid_code")
        #expect(flow?["message"] == .string("The answer for \(Self.label) \(wrong), so it was refused."))
        #expect(flow?["hint"] == .string("It must come from \(base). Start again."))
        // SECURITY: the code went nowhere.
        #expect(world.simulator.counts(.oidc)["POST /token"] == nil)
    }

    @Test(arguments: ["https://honest.example", ""]) func `a callback of another server than those entered is refused`(
        iss: String
    ) async throws {
        let base = base
        world.simulator.configure(.oidc) { $0.issuer = iss.isEmpty ? base : iss }
        try await enter([
            "issuer": nil, "authorization_endpoint": base + "/authorize", "token_endpoint": base + "/token",
        ])
        let (target, cookie) = try await stand.approve(await world.post("/api/oidc/authorize"))
        _ = await world.get(target, headers: ["Cookie": cookie])
        guard !iss.isEmpty else {
            try await world.connected("oidc")
            return
        }
        let flow = await stand.status()["flow"]
        #expect(
            flow?["message"] == .string("The answer for \(Self.label) came from '\(iss)', so it was refused."))
        #expect(flow?["hint"] == "It must come from one of the addresses entered. Start again.")
        #expect(world.simulator.counts(.oidc)["POST /token"] == nil)
    }

    // MARK: Accounts

    @Test func `another account uses the app of the default account, and stands alone`() async throws {
        world.simulator.configure(.oidc) { $0.clientSecret = Self.secret }
        try await enter(["client_secret": Self.secret])
        try await stand.comeBack(await world.post("/api/oidc/authorize"), account: "ann")
        try await world.status("oidc") { $0["account_name"] == "ann" }
        try await stand.comeBack(await world.post("/api/oidc/authorize?account=kids"), account: "bob")
        let status = try await world.status("oidc", account: "kids") { $0["account_name"] == "bob" }
        #expect(status["default_keys"] == true)
        #expect(await world.post("/api/oidc/refresh?account=kids").json["ok"] == true)
        #expect(try await world.stored("oidc._discovered", account: "kids")?["issuer"] == .string(base))
        #expect(try await world.stored("oidc.client_secret", account: "kids") == nil)
        #expect(await world.post("/api/oidc/disconnect?account=kids").json["revoked"] == true)
        #expect(await stand.status()["connected"] == true)
        #expect(world.simulator.accessTokens(.oidc).count == 1)
    }
}
