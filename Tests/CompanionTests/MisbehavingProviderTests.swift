import HTTP
import JSON
import Providers
import Simulator
import TestSupport
import Testing

@testable import Companion

/// Providers that answer what nobody expects, over real HTTP: people are told what happened, what was stored stays, and the
/// server goes on.
@Suite(.timeLimit(.minutes(2))) struct MisbehavingProviderTests {
    private let stand: Stand
    private var world: World { stand.world }
    private static let label = "OpenID Connect or OAuth"

    init() async throws { stand = try await Stand("oidc") }

    private func add(_ fault: Fault.Kind, to endpoint: String, times: Int? = 1) {
        world.simulator.add(Fault(fault, times: times, endpoint: endpoint), to: stand.simulated)
    }

    private func link() async throws {
        try await stand.comeBack(await world.post("/api/oidc/authorize"))
        try await world.status("oidc") { $0["connected"] == true && $0["account_name"] == "sean" }
    }

    private func unreachable(_ message: String, _ hint: String) -> String {
        #"502 {"ok":false,"error":"unreachable","message":"\#(message)","hint":"\#(hint)"}"#
    }

    /// The flow of the status, as one reads it.
    private func flow() async -> String {
        let flow = await stand.status()["flow"]
        return ["status", "message", "hint"].map { flow?[$0]?.stringValue ?? "nothing" }.joined(separator: ": ")
    }

    // MARK: Codes

    @Test(arguments: Misbehaviour.all) func `no code is shown that was not given`(row: Misbehaviour) async throws {
        add(row.fault, to: "POST /device")
        let message =
            if case .odd = row.meaning {
                "\(Self.label) answered with no code to show, so the sign-in was not begun."
            } else {
                row.sentence(Self.label)
            }
        let answer = await world.post("/api/oidc/pin/new", ["method": "device"])
        #expect(answer.summary == unreachable(message, row.hint(Self.label)))
        #expect(world.simulator.counts(.oidc)[Misbehaviour.elsewhere] == nil)
        #expect(await world.post("/api/oidc/pin/new", ["method": "device"]).status == 200)
    }

    private func started(_ members: String) -> Fault.Kind {
        Misbehaviour.answer(#"{"device_code":"d","user_code":"WDJB-MJHT","# + members + "}")
    }

    @Test(
        arguments: [
            "https://evil.example/activate", "javascript:alert(1)", "data:text/html,x", "file:///etc/passwd",
            "//HERE/oidc/id/activate", "http://evil.example@HERE/", "http://HERE@evil.example/",
            "https://HERE/activate",
            "http://HERE/oidc/id/\u{202E}activate", #"http://HERE\\evil.example/activate"#,
            "http://127.0.0.1:9/activate",
        ])
    func `no page is opened that is not the provider's`(page: String) async throws {
        let here = String(world.server.url.dropFirst(7))
        let page = page.replacing("HERE", with: here)
        for members in [
            #""verification_uri":"\#(page)""#,
            #""verification_uri":"http://\#(here)/oidc/id/activate","verification_uri_complete":"\#(page)""#,
        ] {
            add(started(members), to: "POST /device")
            #expect(
                await world.post("/api/oidc/pin/new", ["method": "device"]).summary
                    == unreachable(
                        "\(Self.label) answered with a page that is not one of its own, so the sign-in was not begun.",
                        Misbehaviour.hint(Self.label)))
        }
    }

    @Test(
        arguments: [
            (#""interval":-5,"expires_in":0"#, 5, 600), (#""interval":0,"expires_in":-1"#, 5, 600), ("", 5, 600),
            (#""interval":"7","expires_in":"90""#, 7, 90),
            (#""interval":1e300,"expires_in":1000000000000"#, 300, 86_400),
            (#""interval":null,"expires_in":{}"#, 5, 600), (#""interval":[1],"expires_in":"soon""#, 5, 600),
            (#""interval":0.001,"expires_in":true"#, 1, 600),
        ])
    func `times are what a provider may have meant`(times: String, interval: Int, life: Int) async throws {
        let page = #""verification_uri":"\#(world.server.url)/oidc/id/activate""#
        add(started(times.isEmpty ? page : "\(page),\(times)"), to: "POST /device")
        let answer = await world.post("/api/oidc/pin/new", ["method": "device"]).json
        #expect(answer["interval"] == .int(interval))
        #expect((answer["expiresIn"]?.intValue).map { life - 5...life ~= $0 } == true, "\(answer)")
    }

    @Test(
        arguments: [
            ("true", "no code to show"), (#"["A","B"]"#, "no code to show"), ("{}", "no code to show"),
            ("1.5", "no code to show"), (#""A\u0000B""#, "a code that cannot be one"),
            (#""\u202EABC""#, "a code that cannot be one"),
            ("\"\(String(repeating: "A", count: 65))\"", "a code that cannot be one"),
        ])
    func `a code is one that people can type`(code: String, what: String) async throws {
        let page = #""verification_uri":"\#(world.server.url)/oidc/id/activate""#
        add(Misbehaviour.answer(#"{"device_code":"d","user_code":\#(code),\#(page)}"#), to: "POST /device")
        #expect(
            await world.post("/api/oidc/pin/new", ["method": "device"]).summary
                == unreachable(
                    "\(Self.label) answered with \(what), so the sign-in was not begun.", Misbehaviour.hint(Self.label))
        )
    }

    @Test(arguments: Misbehaviour.all.filter { ["a page", "204", "deep JSON", "a huge body"].contains($0.name) })
    func `a poll that cannot be read ends the sign-in, and one that is too large is sent again`(
        row: Misbehaviour
    ) async throws {
        #expect(await world.post("/api/oidc/pin/new", ["method": "device"]).status == 200)
        add(row.fault, to: "POST /token")
        if case .tooMuch = row.meaning {
            try await world.status("oidc") { ($0["flow"]?["message"]?.stringValue ?? "").hasSuffix("; still trying.") }
            #expect(
                await flow() == "authorization_pending: \(row.sentence(Self.label).dropLast()); still trying.: nothing")
            world.simulator.approve(.oidc)
            try await world.connected("oidc")
            return
        }
        try await world.status("oidc") { $0["flow"]?["status"] == "unreachable" }
        #expect(await flow() == "unreachable: \(row.sentence(Self.label)): \(row.hint(Self.label))")
        #expect(try await world.stored("auth.oidc") == nil)
        #expect(await world.post("/api/oidc/pin/new", ["method": "device"]).status == 200)
    }

    // MARK: Redirects

    @Test(arguments: Misbehaviour.all)
    func `a code that is answered with anything but tokens links nothing`(row: Misbehaviour) async throws {
        let (target, cookie) = try await stand.approve(await world.post("/api/oidc/authorize"))
        add(row.fault, to: "POST /token")
        #expect(await world.get(target, headers: ["Cookie": cookie]).status == 303)
        #expect(await flow() == "unreachable: \(row.sentence(Self.label)): \(row.hint(Self.label))")
        #expect(try await world.stored("auth.oidc") == nil)
        // SECURITY: the code and the secret went nowhere else.
        #expect(world.simulator.counts(.oidc)[Misbehaviour.elsewhere] == nil)
        try await link()
    }

    @Test(
        arguments: [
            #"{"access_token":true}"#, #"{"access_token":["a","b"]}"#, #"{"access_token":{"a":1}}"#,
            #"{"access_token":null}"#, #"{"access_token":""}"#, #"[{"access_token":"a"}]"#,
            "{\"access_token\":\"\(String(repeating: "a", count: 20_000))\"}",
        ])
    func `what is no text is no token`(answer: String) async throws {
        let (target, cookie) = try await stand.approve(await world.post("/api/oidc/authorize"))
        add(Misbehaviour.answer(answer), to: "POST /token")
        _ = await world.get(target, headers: ["Cookie": cookie])
        #expect(
            await flow()
                == "unreachable: \(Self.label) answered 200, but not with what was asked for.: \(Misbehaviour.hint(Self.label))"
        )
        #expect(try await world.stored("auth.oidc") == nil)
    }

    @Test(
        arguments: [
            (#""access_token":"a\r\nX: y""#, "gave a token that cannot be one.: Try again."),
            (
                #""access_token":"a","token_type":"DPoP""#,
                "gave a token of the kind 'DPoP', not 'bearer'.: Such tokens cannot be used."
            ),
        ])
    func `a token that cannot be sent is not kept`(members: String, told: String) async throws {
        let (target, cookie) = try await stand.approve(await world.post("/api/oidc/authorize"))
        add(Misbehaviour.answer("{\(members)}"), to: "POST /token")
        _ = await world.get(target, headers: ["Cookie": cookie])
        #expect(await flow() == "unreachable: \(Self.label) \(told)")
        #expect(try await world.stored("auth.oidc") == nil)
    }

    @Test(
        arguments: [
            (#""expires_in":0"#, nil), (#""expires_in":-1"#, nil), (#""expires_in":"3600""#, 3600),
            (#""expires_in":1000000000000"#, 10_000_000_000), (#""expires_in":{}"#, nil), (#""expires_at":5"#, nil),
            ("\"token_type\":\"bearer\"", nil),
        ] as [(String, Int?)])
    func `the end of a token is one that can be`(times: String, life: Int?) async throws {
        let (target, cookie) = try await stand.approve(await world.post("/api/oidc/authorize"))
        // A byte order mark does no harm.
        add(Misbehaviour.answer(#"\#u{FEFF}{"access_token":"a","refresh_token":"r",\#(times)}"#), to: "POST /token")
        _ = await world.get(target, headers: ["Cookie": cookie])
        try await world.connected("oidc")
        let end = try await world.stored("auth.oidc.expires_at")?.intValue
        let now = Int(world.companion.parts.clock.wall)
        #expect(life == nil ? end == nil : end.map { abs($0 - now - (life ?? 0)) < 60 } == true, "\(end ?? 0)")
    }

    // MARK: Refreshes

    @Test func `a refresh that is answered with anything but tokens loses none`() async throws {
        try await link()
        let before = try await world.tokens("oidc")
        let asked = world.simulator.counts(.oidc)[Misbehaviour.elsewhere]
        for row in Misbehaviour.all {
            add(row.fault, to: "POST /token")
            let hint =
                if case .tooMuch = row.meaning { "It is tried again by itself." } else { row.hint(Self.label) }
            #expect(
                await world.companion.engine.refreshed(stand.provider) == "\(row.sentence(Self.label)) \(hint)",
                "\(row.name)")
            #expect(try await world.tokens("oidc") == before, "\(row.name)")
        }
        // SECURITY: the refresh token went nowhere else.
        #expect(world.simulator.counts(.oidc)[Misbehaviour.elsewhere] == asked)
        #expect(await stand.status()["connected"] == true)
        #expect(await world.companion.engine.refreshed(stand.provider) == "fine")
    }

    @Test func `without a refresh token nothing is asked, and the connection stays`() async throws {
        try await link()
        try await world.change(["refresh_token": .null], "oidc")
        let before = world.simulator.counts(.oidc)
        #expect(
            await world.post("/api/oidc/refresh").summary == """
                409 {"ok":false,"error":"no_refresh","message":"\(Self.label) gives no way to refresh this connection.",\
                "hint":"If it has ended, connect again."}
                """)
        #expect(world.simulator.counts(.oidc) == before)
        let status = await stand.status()
        #expect(status["connected"] == true && status["can_refresh"] == false)
    }

    @Test(arguments: ["", #","refresh_token":null"#, #","refresh_token":"""#, #","refresh_token":true"#])
    func `an answer that brings no refresh token leaves the old one`(member: String) async throws {
        try await link()
        let before = try await world.tokens("oidc")
        add(
            Misbehaviour.answer(#"{"access_token":"new","token_type":"Bearer","expires_in":3600\#(member)}"#),
            to: "POST /token")
        #expect(await world.post("/api/oidc/refresh").status == 200)
        let after = try await world.tokens("oidc")
        #expect(after[0] == "new" && after[1] == before[1] && after[1] != nil)
    }

    // MARK: Accounts

    @Test func `an account that is not told stays as it is known`() async throws {
        try await link()
        let (engine, key) = (world.companion.engine, FlowEngine.Key(provider: "oidc", id: .owner))
        for (count, row) in Misbehaviour.all.enumerated() {
            add(row.fault, to: "GET /userinfo")
            await engine.probe(key)
            let duty = await engine.upkeep[key]?.probe
            #expect(duty?.failures == count + 1, "\(row.name)")
            #expect(duty?.problem?.message == row.sentence(Self.label), "\(row.name)")
            #expect(try await world.stored("auth.oidc.account_name") == "sean", "\(row.name)")
        }
        #expect(await stand.status()["state"] == "unreachable")
        await engine.probe(key)
        #expect(await stand.status()["state"] == "connected")
    }

    // MARK: Servers that say their addresses

    @Test(arguments: Misbehaviour.unreadable)
    func `addresses that cannot be read are none`(row: Misbehaviour) async throws {
        add(row.fault, to: "GET /.well-known/openid-configuration")
        add(row.fault, to: "GET /.well-known/oauth-authorization-server")
        #expect(
            await world.post("/api/oidc/authorize").summary == """
                409 {"ok":false,"error":"discovery_failed","message":"127.0.0.1 does not answer with what it offers \
                (OpenID Connect Discovery, RFC 8414).","hint":"Compare the address with what the server says of \
                itself, or leave it empty and enter its addresses."}
                """)
        #expect(try await world.stored("oidc._discovered") == nil)
        try await link()
    }

    // MARK: Bytes

    /// Answers that are not what HTTP allows, or end in their middle.
    @Test(
        arguments: [
            "HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\n{\"access_token\":\"cut",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n900\r\n{\"access_token\":\"cut",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n{}",
            "HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\n{\"access_token\":\"x\"}",
            "HTTP/1.1 200 OK\r\nContent-Length: many\r\n\r\n{\"access_token\":\"x\"}",
            "HTTP/1.1 200 OK\r\nX: a\u{0}b\r\nContent-Length: 2\r\n\r\n{}",
            "HTTP/1.1 200 OK\r\nContent-Encoding: br, gzip, x\r\nContent-Length: 99\r\n\r\n{}",
            "SSH-2.0-x\r\n", "HTTP/1.1 999999 x\r\n\r\n", "HTTP/9.9 200 OK\r\n\r\n{}", "\r\n\r\n",
        ])
    func `an answer that breaks the protocol is none, and loses nothing`(bytes: String) async throws {
        try await link()
        let before = try await world.tokens("oidc")
        let server = try await ScriptedServer.start(bytes)
        try await world.vault.apply(
            [.set("oidc", "_discovered", "token_endpoint", to: .string("http://127.0.0.1:\(server.port)/token"))],
            owner: "default", account: "default")
        let told = await world.companion.engine.refreshed(stand.provider)
        #expect(told == "\(Self.label) could not be reached. It is tried again by itself.", "\(bytes)")
        #expect(try await world.tokens("oidc") == before)
        #expect(await stand.status()["connected"] == true)
    }

    @Test(arguments: ["12", "99999999999999999999"])
    func `an answer of another length than it says is read as far as it goes`(length: String) async throws {
        try await link()
        let before = try await world.tokens("oidc")
        let server = try await ScriptedServer.start(
            "HTTP/1.1 200 OK\r\nContent-Length: \(length)\r\n\r\n{\"access_token\":{}}")
        try await world.vault.apply(
            [.set("oidc", "_discovered", "token_endpoint", to: .string("http://127.0.0.1:\(server.port)/token"))],
            owner: "default", account: "default")
        #expect(
            await world.companion.engine.refreshed(stand.provider)
                == "\(Self.label) answered 200, but not with what was asked for. \(Misbehaviour.hint(Self.label))")
        #expect(try await world.tokens("oidc") == before)
    }
}

/// The same with what people type: it is kept only when the provider has said that it is good.
@Suite(.timeLimit(.minutes(1))) struct MisbehavingKeyServiceTests {
    private static let endpoint = "GET /1/validate-token"

    @Test(arguments: Misbehaviour.all.filter { $0.name != "an array" })
    func `a key that is answered with anything but yes is not kept, and one that was kept stays`(
        row: Misbehaviour
    ) async throws {
        let stand = try await Stand("listenbrainz")
        let (world, label) = (stand.world, "ListenBrainz")
        let refused = """
            502 {"ok":false,"error":"unreachable","message":"\(row.sentence(label))","hint":"\(row.hint(label))"}
            """
        world.simulator.add(Fault(row.fault, endpoint: Self.endpoint), to: .listenbrainz)
        #expect(await world.post("/api/listenbrainz/authorize").summary == refused)
        #expect(try await world.stored("auth.listenbrainz") == nil)
        #expect(await world.post("/api/listenbrainz/authorize").summary == #"200 {"ok":true,"status":"ok"}"#)
        try await world.status("listenbrainz") { $0["account_name"] != nil }
        let before = try await world.tokens("listenbrainz")
        world.simulator.add(Fault(row.fault, endpoint: Self.endpoint), to: .listenbrainz)
        #expect(await world.post("/api/listenbrainz/authorize").summary == refused)
        #expect(try await world.tokens("listenbrainz") == before)
        #expect(await stand.status()["connected"] == true)
        #expect(world.simulator.counts(.oidc)[Misbehaviour.elsewhere] == nil)
    }
}

extension FlowEngine {
    /// What comes of a refresh, in words: nobody counts how often it is asked for.
    fileprivate func refreshed(_ provider: Provider) async -> String {
        do throws(Problem) {
            try await refresh(
                provider, .owner,
                .rejected((try await linked(Key(provider: provider.name, id: .owner)))?.tokens.accessToken ?? ""))
            return "fine"
        } catch {
            return "\(error.message) \(error.hint)"
        }
    }
}
