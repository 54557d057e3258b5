import JSON
import Testing

@testable import Providers

/// What each provider's answers mean, by table.
@Suite struct DialectTests {
    struct Row: CustomTestStringConvertible, Sendable {
        let provider: String
        let exchange: Exchange
        let status: FlowStatus
        let message: String

        init(_ provider: String, _ exchange: Exchange, _ status: FlowStatus, _ message: String) {
            self.provider = provider
            self.exchange = exchange
            self.status = status
            self.message = message
        }

        var testDescription: String { "\(provider): \(status.rawValue)" }
    }

    static let rejected =
        "Trakt does not know this Client ID. Copy it again from https://developer.trakt.tv/apps. "
        + "Trakt deletes apps that are not used."
    static let odd = "Try again; if it stays so, the description of"

    static let rows: [Row] = [
        Row("trakt", answer(200, #"{"access_token":"t","token_type":"bearer"}"#), .ok, "Trakt is linked."),
        Row("trakt", answer(400), .authorizationPending, "Enter the code at Trakt and approve."),
        Row("trakt", answer(400, "<html>"), .authorizationPending, "Enter the code at Trakt and approve."),
        Row("trakt", answer(404), .invalidCode, "Trakt does not know this code. Get a new code and try again."),
        Row(
            "trakt", answer(409), .alreadyUsed,
            "Trakt says that this code was used before. Get a new code and try again."),
        Row(
            "trakt", answer(410), .expiredToken,
            "The code was not approved at Trakt in time. Get a new code and try again."),
        Row("trakt", answer(418), .accessDenied, "The request was declined at Trakt. Get a new code and try again."),
        Row("trakt", answer(429), .slowDown, "Trakt asked for patience; still waiting."),
        Row("trakt", answer(403), .appRejected, rejected),
        Row(
            "trakt", answer(200), .unreachable,
            "Trakt answered 200, but not with what was asked for. \(odd) Trakt needs a look."),
        Row(
            "trakt", answer(200, "{}"), .unreachable,
            "Trakt answered 200, but not with what was asked for. \(odd) Trakt needs a look."),
        Row(
            "trakt", answer(200, "not JSON"), .unreachable,
            "Trakt answered 200, but not with what was asked for. \(odd) Trakt needs a look."),
        Row(
            "trakt", answer(302), .unreachable,
            "Trakt answered 302, which leads elsewhere and is not followed. \(odd) Trakt needs a look."),
        Row(
            "trakt", answer(500), .authorizationPending,
            "Trakt has a problem of its own (HTTP 500); still trying."),
        Row(
            "trakt", answer(503, "<html>"), .authorizationPending,
            "Trakt has a problem of its own (HTTP 503); still trying."),
        Row("trakt", .failure(.timedOut), .authorizationPending, "Trakt did not answer in time; still trying."),
        Row(
            "trakt", .failure(.unreachable("refused")), .authorizationPending,
            "Trakt could not be reached; still trying."),
        Row(
            "trakt", .failure(.tooLarge), .authorizationPending,
            "Trakt answered with more than could be an answer; still trying."),
        Row(
            "trakt", .failure(.tls("expired")), .authorizationPending,
            "The connection to Trakt is not secure: its certificate was not accepted; still trying."),
        Row(
            "trakt", answer(200, #"{"access_token":"t","token_type":"mac"}"#), .unreachable,
            "Trakt gave a token of the kind 'mac', not 'bearer'. Such tokens cannot be used."),
        Row(
            "trakt", answer(200, #"{"access_token":"a\r\nX: 1"}"#), .unreachable,
            "Trakt gave a token that cannot be one. Try again."),
        Row(
            "plex", answer(200, #"{"id":4242,"authToken":null}"#), .authorizationPending,
            "Enter the code at Plex and approve."),
        Row("plex", answer(200, #"{"id":4242,"authToken":"px"}"#), .ok, "Plex is linked."),
        Row(
            "plex", answer(200, #"{"id":4242,"authToken":""}"#), .authorizationPending,
            "Enter the code at Plex and approve."),
        Row(
            "plex", answer(404, #"{"errors":[{"code":1020,"message":"Code not found or expired"}]}"#), .expiredToken,
            "The code was not approved at Plex in time. Get a new code and try again."),
        Row("plex", answer(429), .slowDown, "Plex asked for patience; still waiting."),
        Row(
            "plex", answer(200, "<MediaContainer/>"), .unreachable,
            "Plex answered 200, but not with what was asked for. \(odd) Plex needs a look."),
        Row(
            "simkl", answer(400, #"{"error":"authorization_pending"}"#), .authorizationPending,
            "Enter the code at SIMKL and approve."),
        Row("simkl", answer(400, #"{"error":"slow_down"}"#), .slowDown, "SIMKL asked for patience; still waiting."),
        Row(
            "simkl", answer(400, #"{"error":"access_denied"}"#), .accessDenied,
            "The request was declined at SIMKL. Get a new code and try again."),
        Row(
            "simkl", answer(400, #"{"error":"expired_token"}"#), .expiredToken,
            "The code was not approved at SIMKL in time. Get a new code and try again."),
        Row(
            "simkl", answer(400, #"{"error":"invalid_grant"}"#), .expiredToken,
            "The code was not approved at SIMKL in time. Get a new code and try again."),
        Row(
            "simkl", answer(400, #"{"error":"invalid_client"}"#), .appRejected,
            "SIMKL does not accept this app (invalid_client). "
                + "Compare the values entered here with those at https://simkl.com/settings/developer/."),
        Row(
            "simkl", answer(412, #"{"error":"client_id_failed","code":412,"message":"x"}"#), .appRejected,
            "SIMKL does not know this Client ID. "
                + "Compare the values entered here with those at https://simkl.com/settings/developer/."
        ),
        Row("simkl", answer(200, #"{"access_token":"t","scope":"media:read media:write"}"#), .ok, "SIMKL is linked."),
        Row(
            "simkl", answer(200, #"{"access_token":"t","scope":"media:read"}"#), .appRejected,
            "SIMKL did not grant 'media:write', which is needed. "
                + "Sign in again and allow everything that is asked for."),
        Row(
            "simkl", answer(200, #"{"access_token":"t","scope":"media:write"}"#), .ok,
            "SIMKL is linked, but did not grant 'media:read'."),
        Row("simkl", answer(200, #"{"access_token":"t"}"#), .ok, "SIMKL is linked."),
        Row("tmdb", answer(401, #"{"success":false,"status_code":17}"#), .authorizationPending, "Approve at TMDB."),
        Row(
            "tmdb", answer(401, #"{"success":false,"status_code":33}"#), .expiredToken,
            "The sign-in was not approved at TMDB in time. Start again."),
        Row(
            "tmdb", answer(401, #"{"success":false,"status_code":7}"#), .appRejected,
            "TMDB does not accept this API Key. Copy it again from https://www.themoviedb.org/settings/api."),
        Row(
            "tmdb", answer(401), .appRejected,
            "TMDB does not accept this app. "
                + "Compare the values entered here with those at https://www.themoviedb.org/settings/api."),
        Row("tmdb", answer(200, #"{"success":true,"session_id":"s"}"#), .ok, "TMDB is linked."),
        Row(
            "tmdb", answer(200, #"{"success":true}"#), .unreachable,
            "TMDB answered 200, but not with what was asked for. \(odd) TMDB needs a look."),
    ]

    static let starts = ["trakt": traktCode, "plex": plexPin, "simkl": simklCode, "tmdb": tmdbToken]

    @Test(arguments: rows) func `The answer to a poll means`(row: Row) throws {
        let context = try context(row.provider)
        let flow = polled(waiting(context, try #require(Self.starts[row.provider])), row.exchange, context)
        #expect(flow.status == row.status)
        #expect([flow.message, flow.hint].filter { !$0.isEmpty }.joined(separator: " ") == row.message)
        #expect((flow.tokens != nil) == (row.status == .ok))
        #expect((flow.nextEventAt != nil) == row.status.isPending)
    }

    static let badStarts: [Row] = [
        Row("trakt", answer(403), .appRejected, rejected),
        Row(
            "trakt", answer(429, headers: [Parameter("Retry-After", "30")]), .unreachable,
            "Trakt asks to wait for 30 seconds. Try again then."),
        Row(
            "trakt", answer(429), .unreachable,
            "Trakt asks to wait for a while. Try again then."),
        Row(
            "trakt", answer(502), .unreachable,
            "Trakt has a problem of its own (HTTP 502). Try again in a moment."),
        Row("trakt", .failure(.timedOut), .unreachable, "Trakt did not answer in time. Try again in a moment."),
        Row(
            "trakt", answer(200), .unreachable,
            "Trakt answered with no code to show, so the sign-in was not begun. \(odd) Trakt needs a look."),
        Row(
            "trakt", answer(200, #"{"device_code":"d","user_code":"\#(String(repeating: "A", count: 65))"}"#),
            .unreachable,
            "Trakt answered with a code that cannot be one, so the sign-in was not begun. \(odd) Trakt needs a look."),
        Row(
            "trakt", answer(200, #"{"device_code":"d","user_code":"AB\u202ECD"}"#), .unreachable,
            "Trakt answered with a code that cannot be one, so the sign-in was not begun. \(odd) Trakt needs a look."),
        Row(
            "plex", answer(201, #"{"id":5,"code":"абвгд"}"#), .unreachable,
            "Plex answered with a code that cannot be one, so the sign-in was not begun. \(odd) Plex needs a look."),
        Row(
            "plex", answer(400, #"{"errors":[{"code":1000}]}"#), .unreachable,
            "Plex answered 400, which nothing in its description explains. \(odd) Plex needs a look."),
        Row(
            "simkl", answer(400, #"{"error":"invalid_client"}"#), .appRejected,
            "SIMKL does not accept this app (invalid_client). "
                + "Compare the values entered here with those at https://simkl.com/settings/developer/."),
        Row(
            "tmdb", answer(401, #"{"status_code":7,"success":false}"#), .appRejected,
            "TMDB does not accept this API Key. Copy it again from https://www.themoviedb.org/settings/api."),
        Row(
            "tmdb", answer(200, #"{"success":true}"#), .unreachable,
            "TMDB has not given the value 'request_token' that the next request needs. \(odd) TMDB needs a look."),
    ]

    @Test(arguments: badStarts) func `The answer to a start means`(row: Row) throws {
        let context = try context(row.provider)
        var flow = PollingFlow(method: context.method)
        _ = flow.handle(.begin(state: "s"), at: start, in: context)
        #expect(flow.handle(.answer(row.exchange), at: start, in: context) == .none)
        #expect(flow.status == row.status)
        #expect([flow.message, flow.hint].filter { !$0.isEmpty }.joined(separator: " ") == row.message)
        #expect(flow.nextEventAt == nil)
    }

    @Test(arguments: [
        "javascript:alert(1)", "data:text/html,x", "http://auth.trakt.tv/activate",
        "https://auth.trakt.tv.evil.example/",
        "https://evil.example/activate", "https://auth.trakt.tv@evil.example/", "https://auth.trakt.tv:444/activate",
        "https://auth.trakt.tv\\@evil.example/", "//evil.example", "https:evil.example", "http://127.0.0.1/activate",
        "https://auth.trakt.tv/ activate", "https://\u{430}uth.trakt.tv/",
    ]) func `A page that is not the provider's is refused`(page: String) throws {
        let context = try context("trakt")
        for key in ["verification_url", "verification_uri_complete"] {
            let body = JSON.object([
                "device_code": "d", "user_code": "A", key: .string(page),
            ])
            let flow = waiting(context, String(decoding: body.encoded(), as: UTF8.self))
            #expect(flow.status == .unreachable)
            #expect(
                flow.message == "Trakt answered with a page that is not one of its own, so the sign-in was not begun.")
            #expect(flow.verificationURL == "")
        }
    }

    @Test func `Where the provider sends no page, the described one is opened`() throws {
        let context = try context("trakt")
        let flow = waiting(context, #"{"device_code":"d","user_code":"A"}"#)
        #expect(flow.verificationURL == "https://auth.trakt.tv/activate")
        #expect(flow.interval == 5)
        #expect(flow.expiresAt == start + 600)
    }

    @Test func `A replaced host may be sent as a page, and so may the described one`() throws {
        let replaced = try Catalogue(files: shippedFiles()).replacingHosts(["trakt.auth": "http://127.0.0.1:9000"])
        let context = try context(try #require(replaced["trakt"]), values: ["client_id": "x"])
        for page in ["http://127.0.0.1:9000/activate", "https://auth.trakt.tv/activate"] {
            let flow = waiting(
                context, #"{"device_code":"d","user_code":"A","verification_url":"\#(page)"}"#)
            #expect(flow.verificationURL == page)
        }
    }
}
