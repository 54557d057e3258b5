import JSON
import Testing

@testable import Providers

@Suite struct PollingFlowTests {
    @Test func `Nothing is asked before its time, and never two at once`() throws {
        let context = try context("trakt")
        var flow = waiting(context, traktCode)
        #expect(flow.nextEventAt == start + 5)
        #expect(flow.handle(.due, at: start + 4.9, in: context) == .none)
        #expect(flow.handle(.due, at: start + 5, in: context) != .none)
        #expect(flow.nextEventAt == nil)
        #expect(flow.handle(.due, at: start + 60, in: context) == .none)
        _ = flow.handle(.answer(answer(400)), at: start + 6, in: context)
        #expect(flow.nextEventAt == start + 11)
        // A doubled answer changes nothing.
        #expect(flow.handle(.answer(answer(410)), at: start + 6, in: context) == .none)
        #expect(flow.status == .authorizationPending)
    }

    @Test func `Patience is kept for the rest of the flow`() throws {
        let context = try context("simkl")
        var flow = polled(waiting(context, simklCode), answer(400, #"{"error":"slow_down"}"#), context)
        #expect(flow.interval == 10)
        #expect(flow.nextPollAt == start + 15)
        flow = polled(flow, answer(429), context)
        #expect(flow.interval == 15)
        flow = polled(flow, answer(400, #"{"error":"authorization_pending"}"#), context)
        #expect(flow.status == .authorizationPending)
        #expect(flow.nextPollAt == start + 45)
    }

    @Test(arguments: [
        ("60", 65.0), ("0", 15.0), ("-5", 15.0), ("1e400", 15.0), ("soon", 15.0), ("99999999", 86_405),
        ("Mon, 21 Sep 2026 14:15:05 GMT", 105.0), ("Mon, 21 Sep 1998 14:15:05 GMT", 15.0),
    ]) func `The wait that the provider asks for is kept`(header: String, next: Double) throws {
        // 1 790 000 000 is Mon, 21 Sep 2026 14:13:20 GMT; the poll is 5 s later.
        let context = try context("trakt")
        let flow = polled(
            waiting(context, traktCode), answer(429, headers: [Parameter("retry-after", header)]), context)
        #expect(flow.nextPollAt == start + next)
        #expect(flow.nextEventAt == min(start + next, start + 600))
    }

    @Test func `Failures double the pause up to a minute, and an answer ends that`() throws {
        let context = try context("trakt")
        var flow = waiting(context, traktCode)
        var pauses: [Double] = []
        for _ in 0..<6 {
            let now = flow.nextPollAt
            flow = polled(flow, .failure(.timedOut), context)
            pauses.append(flow.nextPollAt - now)
        }
        #expect(pauses == [10, 20, 40, 60, 60, 60])
        let now = flow.nextPollAt
        flow = polled(flow, answer(400), context)
        #expect(flow.nextPollAt - now == 5)
        #expect(flow.message == "Enter the code at Trakt and approve.")
    }

    @Test func `The flow ends at its own deadline`() throws {
        let context = try context("plex")
        var flow = waiting(context, plexPin, status: 201)
        #expect(flow.handle(.due, at: start + 900, in: context) == .none)
        #expect(flow.status == .expiredToken)
        #expect(flow.message == "The code was not approved at Plex in time.")
        #expect(flow.hint == "Get a new code and try again.")
        #expect(flow.nextEventAt == nil)
        #expect(flow.userCode == "")
    }

    @Test func `An answer that comes after the deadline still counts when it is a token`() throws {
        let context = try context("plex")
        var flow = waiting(context, plexPin, status: 201)
        _ = flow.handle(.due, at: start + 899, in: context)
        var late = flow
        _ = flow.handle(.answer(answer(200, #"{"authToken":null}"#)), at: start + 905, in: context)
        #expect(flow.status == .expiredToken)
        _ = late.handle(.answer(answer(200, #"{"authToken":"px"}"#)), at: start + 905, in: context)
        #expect(late.tokens == TokenSet(accessToken: "px"))
    }

    @Test(arguments: [
        (#""expires_in":600,"interval":5"#, 600.0, 5.0), (#""expires_in":"900","interval":"7""#, 900, 7),
        (#""expires_in":-1,"interval":-1"#, 600, 5), (#""expires_in":0,"interval":0"#, 600, 5),
        (#""expires_in":1e300,"interval":1e300"#, 86_400, 300),
        (#""expires_in":99999999999999999999,"interval":0.01"#, 86_400, 1),
        (#""expires_in":null,"interval":[]"#, 600, 5), (#""expires_in":"NaN","interval":"inf""#, 600, 5),
        (#""expires_at":1790000300"#, 300, 5), (#""expires_at":"1790000300000""#, 300, 5),
        (#""expires_at":"2026-09-21T14:18:20.250Z""#, 300, 5), (#""expires_at":"2026-09-21 16:18:20+02:00""#, 300, 5),
        (#""expires_at":"2001-01-01T00:00:00Z""#, 600, 5), (#""expires_in":120,"expires_at":1790000300"#, 120, 5),
    ]) func `Whatever the provider says about time is bounded`(times: String, life: Double, interval: Double) throws {
        let context = try context("trakt")
        let flow = waiting(context, #"{"device_code":"d","user_code":"A",\#(times)}"#)
        #expect(flow.expiresAt == start + life)
        #expect(flow.interval == interval)
        #expect(flow.nextPollAt == start + interval)
    }

    @Test func `A device code is spent once`() throws {
        let context = try context("trakt")
        var flow = polled(waiting(context, traktCode), answer(200, #"{"access_token":"t"}"#), context)
        #expect(flow.status == .ok)
        #expect(flow.handle(.due, at: start + 60, in: context) == .none)
        #expect(flow.status == .ok)
        #expect(!String(decoding: flow.json.encoded(), as: UTF8.self).contains("d-secret"))
    }

    @Test func `A pending flow goes on after a restart`() throws {
        let context = try context("trakt")
        var flow = polled(waiting(context, traktCode), answer(429), context)
        let stored = flow.json.encoded()
        #expect(PollingFlow(json: try JSON.parse(stored)) == flow)
        // Stored while a poll was under way: the poll is sent again.
        _ = flow.handle(.due, at: start + 15, in: context)
        var restored = try #require(PollingFlow(json: flow.json))
        #expect(restored.interval == 10)
        #expect(restored.handle(.due, at: start + 16, in: context) != .none)
        _ = restored.handle(.answer(answer(200, #"{"access_token":"t"}"#)), at: start + 17, in: context)
        #expect(restored.tokens == TokenSet(accessToken: "t"))
    }

    @Test func `A flow whose time passed while the server was down has expired`() throws {
        let context = try context("trakt")
        var flow = try #require(PollingFlow(json: waiting(context, traktCode).json))
        #expect(flow.nextEventAt == start + 5)
        #expect(flow.handle(.due, at: start + 5000, in: context) == .none)
        #expect(flow.status == .expiredToken)
    }

    @Test(arguments: [
        "null", "{}", #"{"method":"device"}"#, "[1]",
        #"{"method":"device","status":"ok","interval":5,"expires_at":1,"next_poll_at":1,"stage":0,"values":{}}"#,
        #"{"method":"device","status":"authorization_pending","interval":5,"expires_at":1,"next_poll_at":1,"stage":-1,"#
            + #""values":{}}"#,
    ]) func `What is not a pending flow is not restored`(text: String) throws {
        #expect(PollingFlow(json: try JSON.parse(Array(text.utf8))) == nil)
    }

    @Test func `The keys that are valid now are used, and a lost one ends the flow`() throws {
        let before = try context("trakt")
        let after = try context("trakt", values: [:])
        var flow = waiting(before, traktCode)
        #expect(flow.handle(.due, at: start + 5, in: after) == .none)
        #expect(flow.status == .appRejected)
        #expect(flow.message == "Trakt needs the Client ID, which is empty.")
    }

    @Test func `A page that comes back is believed only with its state`() throws {
        let context = try context("tmdb")
        let flow = waiting(context, tmdbToken)
        let state = "state-of-this-sign-in-0001"
        let refused = "refused (invalid_state): The answer for TMDB came"
        let rest = ", so it was refused. Start again from the settings page, in the same browser."
        let table: [([Parameter], String)] = [
            ([], "\(refused) without a state\(rest)"),
            ([Parameter("state", "")], "\(refused) with an empty state\(rest)"),
            ([Parameter("state", "other")], "\(refused) with the state of another sign-in\(rest)"),
            ([Parameter("state", state), Parameter("state", state)], "\(refused) with more than one state\(rest)"),
        ]
        for (parameters, expected) in table {
            var copy = flow
            let step = copy.handle(.returned(parameters + [Parameter("denied", "true")]), at: start + 1, in: context)
            #expect(text(step) == expected)
            #expect(copy == flow)
        }
        var denied = flow
        let no = [Parameter("state", state), Parameter("request_token", "rt-1"), Parameter("denied", "true")]
        #expect(denied.handle(.returned(no), at: start + 1, in: context) == .none)
        #expect(denied.status == .accessDenied)
        var approved = flow
        let yes = [Parameter("state", state), Parameter("approved", "true")]
        #expect(approved.handle(.returned(yes), at: start + 1, in: context) != .none)
        #expect(approved.handle(.returned(yes), at: start + 1, in: context) == .none)
        _ = approved.handle(.answer(answer(200, #"{"session_id":"s"}"#)), at: start + 1, in: context)
        #expect(approved.tokens == TokenSet(accessToken: "s"))
        #expect(
            text(approved.handle(.returned(yes), at: start + 2, in: context)) == "refused (invalid_state): "
                + "No sign-in to TMDB is waiting for this answer. Start again from the settings page.")
    }

    @Test func `Requests after the approval use what those before them gave`() throws {
        // Jellyfin's Quick Connect: the secret is approved, then exchanged.
        let provider = try described(
            """
            {
              label: "Jellyfin", color: "#00A4DC", hosts: {},
              fields: [{ key: "base_url", label: "Address", type: "url", required: true }],
              methods: [{
                kind: "device",
                start: { url: "{{base_url}}/QuickConnect/Initiate", form: {}, method: "POST",
                  map: { secret: "Secret", user_code: "Code" } },
                verification: "{{base_url}}/web/",
                poll: {
                  url: "{{base_url}}/QuickConnect/Connect", method: "GET", query: { secret: "{{secret}}" },
                  rules: [
                    { at: "Authenticated", equals: true, then: "ok" },
                    { at: "Authenticated", equals: false, then: "authorization_pending" },
                    { status: 404, then: "expired_token" },
                  ],
                },
                then: [{
                  url: "{{base_url}}/Users/AuthenticateWithQuickConnect", json: { Secret: "{{secret}}" },
                  map: { access_token: "AccessToken", user: "User.Id" },
                }],
              }],
              identity: { url: "{{base_url}}/Users/{{user}}", map: { name: "Name" } },
            }
            """)
        let context = try context(provider, values: ["base_url": "https://media.example/jelly/"])
        var flow = waiting(context, #"{"Secret":"s3","Code":"123456"}"#)
        #expect(flow.verificationURL == "https://media.example/jelly/web/")
        let poll = flow.handle(.due, at: start + 5, in: context)
        #expect(
            text(poll) == "GET https://media.example/jelly/QuickConnect/Connect?secret=s3\nAccept: application/json")
        let step = flow.handle(.answer(answer(200, #"{"Authenticated":true}"#)), at: start + 5, in: context)
        #expect(
            text(step) == """
                POST https://media.example/jelly/Users/AuthenticateWithQuickConnect
                Accept: application/json
                Content-Type: application/json

                {"Secret":"s3"}
                """)
        // A lost answer in between is asked for again.
        _ = flow.handle(.answer(.failure(.timedOut)), at: start + 6, in: context)
        #expect(flow.status == .authorizationPending)
        #expect(flow.handle(.due, at: start + 16, in: context) == step)
        _ = flow.handle(
            .answer(answer(200, #"{"AccessToken":"t","User":{"Id":"u 1","Name":"sean"}}"#)), at: start + 17, in: context
        )
        let tokens = try #require(flow.tokens)
        #expect(tokens == TokenSet(accessToken: "t", extras: ["user": "u 1"]))
        let identity = try #require(Identity(tokens, in: context))
        #expect(try identity.request().url == "https://media.example/jelly/Users/u%201")
    }

    @Test func `A value cannot climb out of the path where it stands`() throws {
        let provider = try described(
            """
            { label: "Demo", color: "#000000", hosts: { api: "https://api.example" },
              methods: [{ kind: "device", start: { url: "{{hosts.api}}/pins", form: { a: 1 }, map: { pin: "id" } },
                verification: "{{hosts.api}}/link", poll: { url: "{{hosts.api}}/pins/{{pin}}", method: "GET" } }] }
            """)
        let context = try context(provider)
        for (pin, url) in [
            ("a/b?c#d", "https://api.example/pins/a%2Fb%3Fc%23d"), ("%2e", "https://api.example/pins/%252e"),
        ] {
            var flow = waiting(context, #"{"id":"\#(pin)","user_code":"A"}"#)
            guard case .send(let request) = flow.handle(.due, at: start + 5, in: context) else {
                Issue.record("no poll")
                continue
            }
            #expect(request.url == url)
        }
        var flow = waiting(context, #"{"id":"..","user_code":"A"}"#)
        #expect(flow.handle(.due, at: start + 5, in: context) == .none)
        #expect(flow.message == "An address of Demo is not an https address that can be used.")
    }
}
