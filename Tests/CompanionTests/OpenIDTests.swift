import Files
import HTTP
import JSON
import Providers
import Simulator
import Testing

@testable import Companion

/// Signing in to Latchkey with an OpenID provider, which is simulated over HTTP.
@Suite(.timeLimit(.minutes(1))) struct OpenIDTests {
    let world: World
    let issuer: String
    private let client = Client(userAgent: "a browser")

    init() throws {
        world = try World()
        issuer = world.server.url + "/openid/id"
    }

    private func signIn(
        issuer: String? = nil, users: Set<String> = [], administrators: Set<String> = [], secret: String? = nil
    ) -> OpenIDSignIn {
        let settings = OpenIDSettings(
            issuer: issuer ?? self.issuer, clientID: "latchkey", clientSecret: secret, users: users,
            administrators: administrators)
        return OpenIDSignIn(settings, world.companion.parts)
    }

    /// What the browser brings back from the provider.
    private func decide(_ decision: String, _ account: String, at url: String) async throws -> [Parameter] {
        let answer = try await client.send(
            ClientRequest(
                method: "POST", url: url, headers: ["Content-Type": "application/x-www-form-urlencoded"],
                body: Array("decision=\(decision)&account=\(account)".utf8), timeout: .seconds(60)))
        let location = try #require(answer.headers["Location"])
        #expect(location.hasPrefix("http://127.0.0.1:8787/sign-in/callback/?"))
        return FormDecoder.items(String(location.drop { $0 != "?" }.dropFirst())).map { Parameter($0.name, $0.value) }
    }

    private func cookies(_ cookie: FlowCookie) -> FlowCookies {
        FlowCookies(
            Request(method: "GET", path: "/sign-in/callback/", headers: ["Cookie": "\(cookie.name)=\(cookie.value)"]),
            hostPrefix: "")
    }

    /// The whole way of one person.
    private func enter(_ signIn: OpenIDSignIn, _ account: String) async throws -> OpenIDSignIn.Result {
        let (url, cookie) = try await signIn.begin(next: "/x")
        return await signIn.finish(try await decide("approve", account, at: url), cookies(cookie))
    }

    private func problem(_ result: OpenIDSignIn.Result) -> String? {
        if case .refused(let problem) = result { "\(problem.status) \(problem.message)" } else { nil }
    }

    @Test func `who approves is known by the subject, and goes where they wanted to go`() async throws {
        let signIn = signIn(administrators: ["subject-of-ann"])
        let (url, cookie) = try await signIn.begin(next: "/#sec-trakt")
        #expect(url.hasPrefix(issuer + "/authorize?response_type=code&client_id=latchkey&"))
        #expect(url.contains("scope=openid%20profile%20email") && url.contains("code_challenge_method=S256"))
        let parameters = try await decide("approve", "ann", at: url)
        guard case .entered(let ann, let next) = await signIn.finish(parameters, cookies(cookie)) else {
            Issue.record("not entered")
            return
        }
        #expect(ann.name == "ann" && ann.isAdministrator && next == "/#sec-trakt")
        #expect(ann.owner.contains(/^u-[0-9a-f]{40}$/))
        // A second click of the same browser harms nothing, and asks nobody.
        #expect(await signIn.finish(parameters, cookies(cookie)) == .again)
        guard case .entered(let ben, _) = try await enter(signIn, "ben"),
            case .entered(let again, _) = try await enter(signIn, "ann")
        else {
            Issue.record("not entered")
            return
        }
        #expect(!ben.isAdministrator && ben.owner != ann.owner && again == ann)
    }

    @Test func `a callback is believed only in the browser that began, and only with a state that waits`() async throws
    {
        let signIn = signIn()
        let (url, cookie) = try await signIn.begin(next: "")
        let parameters = try await decide("approve", "ann", at: url)
        #expect(await signIn.finish(parameters, FlowCookies()) == .foreign(.otherBrowser))
        let (_, other) = try await signIn.begin(next: "")
        #expect(await signIn.finish(parameters, cookies(other)) == .foreign(.otherBrowser))
        #expect(await signIn.finish([Parameter("code", "x")], cookies(cookie)) == .foreign(.noState))
        let made = [Parameter("code", "x"), Parameter("state", "made-up")]
        #expect(await signIn.finish(made, cookies(cookie)) == .foreign(.unknownState))
    }

    @Test func `who is not on the list may not enter, and is told by what name they are known`() async throws {
        let signIn = signIn(users: ["ben@example.org"], administrators: ["subject-of-ann"])
        guard case .entered = try await enter(signIn, "ben"), case .entered = try await enter(signIn, "ann") else {
            Issue.record("not entered")
            return
        }
        #expect(problem(try await enter(signIn, "eve")) == "403 'eve' may not enter.")
    }

    @Test func `a key of an app is worth nothing when its owner is listed no more`() async throws {
        func house(_ users: Set<String>) throws -> World {
            let settings = OpenIDSettings(
                issuer: issuer, clientID: "latchkey", clientSecret: nil, users: users, administrators: ["root"])
            return try World(beside: world, signIn: .openID(settings), apiKeys: true)
        }
        let before = try house(["subject-of-ann", "ben@example.org"])
        let openID = try #require(before.companion.openID)
        for name in ["ann", "ben", "eve"] { _ = try await enter(openID, name) }
        let book = try #require(before.companion.settings.apiKeys)
        var keys: [String: String] = [:]
        for name in ["ann", "ben", "eve"] {
            let owner = Visitor.owner(ofSubject: "subject-of-\(name)", issuer: issuer)
            keys[name] = try book.make(
                ApiKey(name: name, owner: owner, grants: ["trakt"].compactMap(ApiKey.Grant.init)))
        }
        keys["the installation"] = try book.make(
            ApiKey(name: "own", owner: "default", grants: ["trakt"].compactMap(ApiKey.Grant.init)))
        func errors(_ world: World) async -> [String: String] {
            var errors: [String: String] = [:]
            for (name, key) in keys {
                let answer = await world.get("/api/token/trakt", headers: ["Authorization": "Bearer \(key)"])
                errors[name] = answer.json["error"]?.stringValue
            }
            return errors
        }
        let (yes, no) = ("not_linked", "not_allowed")
        #expect(await errors(before) == ["ann": yes, "ben": yes, "eve": no, "the installation": yes])
        // What is known of them is known to the next process, too.
        let names = before.folder("sign-in/names.json")
        while ((try? Files.read(names)).map { String(decoding: $0, as: UTF8.self).contains("ben@") }) != true {
            await Task.yield()
        }
        #expect(try Files.permissions(of: names) == 0o600)
        #expect(
            await errors(try house(["ben@example.org"])) == ["ann": no, "ben": yes, "eve": no, "the installation": yes])
        #expect(await errors(try house(["x"])) == ["ann": no, "ben": no, "eve": no, "the installation": yes])
        #expect(await errors(try house([])) == ["ann": yes, "ben": yes, "eve": yes, "the installation": yes])
    }

    @Test func `a denial, a wrong secret and a provider that fails are told`() async throws {
        let denied = signIn()
        let begun = try await denied.begin(next: "")
        let parameters = try await decide("deny", "ann", at: begun.url)
        #expect(problem(await denied.finish(parameters, cookies(begun.cookie)))?.hasPrefix("409 ") == true)
        world.simulator.configure(.openid) { $0.clientSecret = "right" }
        #expect(problem(try await enter(signIn(secret: "wrong"), "ann"))?.hasPrefix("409 ") == true)
        guard case .entered = try await enter(signIn(secret: "right"), "ann") else {
            Issue.record("not entered")
            return
        }
        world.simulator.add(Fault(.status(500), endpoint: "GET /userinfo"), to: .openid)
        #expect(problem(try await enter(signIn(secret: "right"), "ann"))?.hasPrefix("502 ") == true)
    }

    @Test func `metadata of another issuer, or none, begin nothing`() async throws {
        world.simulator.configure(.openid) { $0.issuer = "https://evil.example" }
        let host = issuer.split(separator: "/")[1]
        await #expect(throws: OpenIDMetadata.problem("names another issuer in its metadata", issuer)) {
            try await signIn().begin(next: "")
        }
        #expect(
            OpenIDMetadata.problem("cannot be reached", issuer).message
                == "The identity provider \(host) cannot be reached.")
        await #expect(throws: OpenIDMetadata.problem("cannot be reached", issuer + "/nowhere")) {
            try await signIn(issuer: issuer + "/nowhere").begin(next: "")
        }
    }

    @Test func `where the provider names its issuer in the callback, another one is refused`() async throws {
        let mine = issuer
        world.simulator.configure(.openid) { $0.issuer = mine }
        let signIn = signIn()
        guard case .entered = try await enter(signIn, "ann") else {
            Issue.record("not entered")
            return
        }
        let (url, cookie) = try await signIn.begin(next: "")
        var parameters = try await decide("approve", "ann", at: url)
        #expect(parameters.contains(Parameter("iss", mine)))
        parameters.removeAll { $0.name == "iss" }
        #expect(problem(await signIn.finish(parameters, cookies(cookie)))?.contains("does not say who sent it") == true)
    }

    @Test func `an address that is not verified, and a name that people choose, count for nothing`() async throws {
        let signIn = signIn(users: ["ann@example.org"], administrators: ["ann"])
        guard case .entered(let ann, _) = try await enter(signIn, "ann") else {
            Issue.record("not entered")
            return
        }
        // Called 'ann', but that is what she chose.
        #expect(!ann.isAdministrator)
        for verified in [JSON.bool(false), .null, "no", 1] {
            world.simulator.configure(.openid) { $0.userinfo = ["email_verified": verified] }
            #expect(problem(try await enter(signIn, "ann")) == "403 'ann' may not enter.", "\(verified)")
        }
        world.simulator.configure(.openid) { $0.userinfo = ["email": "ann@example.org", "preferred_username": "ann"] }
        guard case .entered(let eve, _) = try await enter(signIn, "eve") else {
            Issue.record("not entered")
            return
        }
        #expect(eve.owner != ann.owner)
    }

    @Test(arguments: ["", "ann\u{200B}", "ann\u{202E}", "ann\n", String(repeating: "x", count: 300)])
    func `a subject that cannot be told from another lets nobody in`(subject: String) async throws {
        world.simulator.configure(.openid) { $0.userinfo = ["sub": .string(subject)] }
        #expect(problem(try await enter(signIn(), "ann"))?.hasSuffix(" does not say who you are.") == true)
    }

    @Test func `a subject is somebody with its issuer alone, byte by byte`() async throws {
        var owners: Set<String> = []
        for subject in ["ann", "Ann", "\u{E9}", "e\u{301}", "default", "../default", "ann\u{20}"] {
            world.simulator.configure(.openid) { $0.userinfo = ["sub": .string(subject)] }
            guard case .entered(let visitor, _) = try await enter(signIn(administrators: ["e\u{301}"]), "x") else {
                Issue.record("\(subject) not entered")
                return
            }
            owners.insert(visitor.owner)
            #expect(visitor.isAdministrator == subject.utf8.elementsEqual("e\u{301}".utf8))
            #expect(Visitor.isOwner(visitor.owner) && visitor.owner != "default")
            #expect(visitor.owner != Visitor.owner(ofUser: subject))
        }
        #expect(owners.count == 7)
    }

    @Test(arguments: ["authorization_endpoint", "token_endpoint", "userinfo_endpoint"])
    func `metadata that lead to plain http elsewhere, or to no address, are refused`(endpoint: String) throws {
        let issuer = "https://id.example"
        for address in ["http://id.example/x", "javascript:alert(1)", "//id.example", "https://a@id.example/", ""] {
            var metadata: JSON = [
                "issuer": .string(issuer), "authorization_endpoint": "https://id.example/a",
                "token_endpoint": "https://id.example/t", "userinfo_endpoint": "https://id.example/u",
            ]
            #expect(throws: Never.self) { try OpenIDMetadata(metadata.encoded(), issuer: issuer, hasSecret: true) }
            metadata[endpoint] = .string(address)
            #expect(throws: Problem.self) { try OpenIDMetadata(metadata.encoded(), issuer: issuer, hasSecret: true) }
        }
    }

    @Test func `the secret goes into HTTP Basic where the provider wants it there`() async throws {
        world.simulator.configure(.openid) { ($0.clientSecret, $0.basicClient) = ("right", "latchkey") }
        #expect(problem(try await enter(signIn(secret: "wrong"), "ann"))?.hasPrefix("409 ") == true)
        guard case .entered = try await enter(signIn(secret: "right"), "ann") else {
            Issue.record("not entered")
            return
        }
    }
}
