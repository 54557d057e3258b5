import FoundationEssentials
import JSON
import Testing

@testable import Providers

/// What people are shown who write a description, or look for a fault in one.
@Suite struct ExplanationTests {
    private let secret = "S3cretThatOpensTheAccount"

    @Test func `Nothing that opens an account is in a trace`() {
        let request = OutgoingRequest(
            method: "POST", url: "https://demo.example/pins/4711/\(secret)?api_key=\(secret)&page=2",
            headers: [Parameter("Content-Type", "application/json"), Parameter("X-Whatever", secret)],
            body: JSON.object(["anything": .string(secret), "grant_type": "x", "list": [.string(secret), 4711]])
                .encoded())
        let exchange = Exchange.response(
            ProviderResponse(
                status: 200, headers: [Parameter("Set-Cookie", secret), Parameter("Retry-After", "5")],
                body: JSON.object([
                    "key": .string(secret), "id": 4711, "interval": 5,
                    "verification_url":
                        .string("https://demo.example/authenticate/\(secret)"),
                ]).encoded()))
        let lines = Redaction.lines(request) + Redaction.lines(exchange)
        #expect(
            lines == [
                "POST https://demo.example/pins/<4 characters>/<25 characters>?api_key=<25 characters>&page=2",
                "Content-Type: application/json", "X-Whatever: <25 characters>",
                #"{"anything":"<25 characters>","grant_type":"x","list":["<25 characters>","<number>"]}"#,
                "200", "Retry-After: 5",
                #"{"key":"<25 characters>","id":"<number>","interval":5,"verification_url":"https://demo.example/authenticate/<25 characters>"}"#,
            ])
        #expect(!lines.joined().contains(secret) && !lines.joined().contains("4711"))
    }

    @Test func `What is no JSON is told by its size`() {
        let form = OutgoingRequest(
            method: "POST", url: "https://demo.example/t",
            headers: [Parameter("content-type", "application/x-www-form-urlencoded")],
            body: Array("grant_type=password&code=\(secret)&empty".utf8))
        #expect(Redaction.lines(form).last == "grant_type=password&code=<25 characters>&empty=<0 characters>")
        let page = Exchange.response(ProviderResponse(status: 502, body: Array("<html>\(secret)".utf8)))
        #expect(Redaction.lines(page) == ["502", "<31 bytes that are not JSON>"])
        #expect(Redaction.lines(.failure(.timedOut)) == ["no answer: timedOut"])
    }

    @Test func `Names in an answer do not move the terminal, and are not endless`() {
        let many = (0..<500).map { "\"n\($0)\":null" }.joined(separator: ",")
        let body = Array("{\"a\u{9B}31m\u{202E}\":{\(many)}}".utf8)
        let lines = Redaction.lines(.response(ProviderResponse(status: 200, body: body)))
        #expect(lines[1].hasPrefix(#"{"a 31m (1)":{"n0":null,"n1":null"#))
        #expect(lines[1].hasSuffix(#""n99":null}}"#))
    }

    @Test func `Ordinary words of a request are shown in its answer, and short secrets are not`() {
        let request = OutgoingRequest(
            method: "POST", url: "https://demo.example/jsonrpc",
            headers: [Parameter("Content-Type", "application/json")],
            body: Array(#"{"params":{"properties":["name","version"]},"Pw":"cats"}"#.utf8))
        let answer = ProviderResponse(
            status: 200, body: Array(#"{"result":{"name":"Kodi","version":null},"message":"no name, cats"}"#.utf8))
        #expect(
            Redaction.lines(.response(answer), to: request)[1]
                == #"{"result":{"name":"Kodi","version":null},"message":"no name, <4 characters>"}"#)
    }

    @Test func `What was hidden of a request is hidden where the answer repeats it`() {
        let request = OutgoingRequest(
            method: "POST", url: "https://demo.example/a?key=queried-1",
            headers: [Parameter("Authorization", "Bearer bearer-1"), Parameter("Content-Type", "application/json")],
            body: Array(#"{"Pw":"posted-1","grant_type":"password"}"#.utf8))
        let answer = Exchange.response(
            ProviderResponse(
                status: 400, headers: [Parameter("WWW-Authenticate", "Bearer error=\"queried-1\"")],
                body: Array(#"{"message":"no queried-1, bearer-1, posted-1 or password"}"#.utf8)))
        #expect(
            Redaction.lines(answer, to: request) == [
                "400", #"WWW-Authenticate: Bearer error="<9 characters>""#,
                #"{"message":"no <9 characters>, <8 characters>, <8 characters> or password"}"#,
            ])
    }

    @Test func `Every request of a description is explained, with what its answers mean`() throws {
        let provider = try described(
            """
            {
              label: "Demo", color: "#000000", hosts: { api: "https://demo.example" },
              fields: [{ key: "client_id", label: "ID" }, { key: "client_secret", label: "Secret", type: "password" }],
              methods: [{
                kind: "approval",
                start: { url: "{{hosts.api}}/start", json: { id: "{{client_id}}" }, map: { ticket: "a.ticket" } },
                verification: "{{hosts.api}}/approve/{{ticket}}",
                poll: { url: "{{hosts.api}}/session/{{ticket}}", basic: ["{{client_id}}", "{{client_secret}}"],
                  rules: [{ status: [400, 404], at: "code", equals: 14, then: "authorization_pending" }] },
                interval: 3,
              }],
            }
            """)
        let method = try #require(provider.methods.first)
        let app = AppIdentity(name: "Latchkey", version: "1", device: "here")
        let steps = Explanation(provider, app: app, redirectURI: "https://latchkey.example/demo/").steps(method)
        #expect(
            steps.map { "\($0.title): \($0.lines.joined(separator: "; "))" } == [
                #"begin: POST https://demo.example/start; Accept: application/json; Content-Type: application/json; {"id":"example-client_id"}; reads device_code, user_code, verification_uri, verification_uri_complete, expires_in, expires_at, interval, ticket from a.ticket"#,
                "the person opens, unless the answer names a page: https://demo.example/approve/********",
                "ask whether it is approved, every 3 s unless the answer says otherwise: GET https://demo.example/session/********; Accept: application/json; Authorization: Basic ********; reads access_token, refresh_token, token_type, scope, expires_in, expires_at, created_at; status 400 or 404, and 'code' is 14 means authorization_pending",
                "apps send: Authorization: Bearer ********",
            ])
    }

    @Test func `What is asked before and after a sign-in is explained, too`() throws {
        let provider = try described(
            """
            {
              label: "Demo", color: "#000000",
              fields: [{ key: "server", label: "Server", type: "url", required: true },
                { key: "api_key", label: "Key", type: "password", required: true }],
              instance: { field: "server", probe: { url: "{{server}}/info", map: { product: "name" } }, product: "Demo" },
              methods: [{ kind: "key", credential: "api_key", check: { url: "{{server}}/me", rules: [
                { at: "code", equals: 4, then: "unauthorized" }, { at: "code", equals: 9, then: "unauthorized" },
                { at: "code", equals: 11, then: "unreachable" },
              ] } }],
              history: { movies: { url: "{{server}}/seen", item: { watched_at: "at", key: "id", title: "title" } } },
            }
            """)
        let app = AppIdentity(name: "Latchkey", version: "1", device: "here")
        let steps = Explanation(provider, app: app, redirectURI: "https://latchkey.example/demo/")
            .steps(try #require(provider.methods.first))
        #expect(
            steps.map { "\($0.title): \($0.lines.joined(separator: "; "))" } == [
                "look what is at the address: GET https://demo.example/info; Accept: application/json; reads product from name",
                "check what was entered: GET https://demo.example/me; Accept: application/json; Authorization: Bearer ********; 'code' is 4 or is 9 means unauthorized; 'code' is 11 means unreachable",
                "fetch what was watched: movies: GET https://demo.example/seen; Accept: application/json; Authorization: Bearer ********",
                "apps send: Authorization: Bearer ********",
            ])
    }

    // MARK: The way back, and what apps send

    private func explained(_ name: String, _ method: String? = nil) throws -> [Explanation.Step] {
        let folder = ExchangeTests.templates.appending(path: "\(name).json5")
        let files = [("\(name).json5", Array(try Data(contentsOf: folder)))]
        let provider = try #require(try Catalogue(files: files)[name])
        let app = AppIdentity(name: "Latchkey", version: "1", device: "here")
        return Explanation(provider, app: app, redirectURI: "https://latchkey.example/\(name)/oauth-callback/")
            .steps(try #require(provider.method(method)))
    }

    @Test(
        arguments: [
            (
                "simkl", "redirect",
                [
                    "GET https://latchkey.example/simkl/oauth-callback/?state=example-state&code=********",
                    "reads 'code' as the code; 'state' must be that of this sign-in",
                    "'iss' must be 'https://simkl.com'",
                    "'error' ends it: \"access_denied\" means access_denied",
                ]
            ),
            (
                "lastfm", "redirect",
                [
                    "GET https://latchkey.example/lastfm/oauth-callback/?state=example-state&token=********",
                    "reads 'token' as the code; 'state' must be that of this sign-in",
                    "'error' ends it: \"access_denied\" means access_denied",
                ]
            ),
            (
                "oidc", "redirect",
                [
                    "GET https://latchkey.example/oidc/oauth-callback/?state=example-state&code=********",
                    "reads 'code' as the code; 'state' must be that of this sign-in",
                    "'iss' must be the issuer where it is there, and where the server says that it names itself",
                    "'error' ends it: \"access_denied\" means access_denied",
                ]
            ),
            (
                "tmdb", "approval",
                [
                    "GET https://latchkey.example/tmdb/oauth-callback/?state=example-state",
                    "'denied' is \"true\" means access_denied",
                ]
            ),
        ])
    func `The way back is explained: the code, the issuer, and what means no`(
        name: String, method: String, lines: [String]
    ) throws {
        let step = try explained(name, method).first { $0.title == "the browser comes back" }
        #expect(step?.lines == lines)
    }

    @Test func `A code that is typed brings nobody back`() throws {
        #expect(try explained("simkl").allSatisfy { $0.title != "the browser comes back" })
    }

    @Test(
        arguments: [
            ("kodi", ["Authorization: Basic ********"]),
            (
                "trakt",
                [
                    "Content-Type: application/json", "trakt-api-version: 2", "trakt-api-key: example-client_id",
                    "Authorization: Bearer ********",
                ]
            ),
            (
                "simkl",
                [
                    "Authorization: Bearer ********", "client_id=example-client_id in the query",
                    "app-name=Latchkey in the query", "app-version=1 in the query",
                ]
            ),
            ("tmdb", ["api_key=******** in the query", "session_id=******** in the query"]),
            ("xbox", ["Authorization: XBL3.0 x=********;********"]),
            ("stremio", ["the token where the provider wants it: no description can say it"]),
        ])
    func `What apps send is what they are told to send`(name: String, lines: [String]) throws {
        #expect(try explained(name).last == Explanation.Step(title: "apps send", lines: lines))
    }
}
