import JSON
import Testing

@testable import Providers

/// Every request of the four providers, byte for byte.
@Suite struct RequestTests {
    @Test func `Trakt's device flow sends JSON and no empty secret`() throws {
        let context = try context("trakt")
        var flow = PollingFlow(method: context.method)
        let begun = flow.handle(.begin(state: "s"), at: start, in: context)
        #expect(
            text(begun) == """
                POST https://auth.trakt.tv/oauth/device/code
                Accept: application/json
                Content-Type: application/json
                trakt-api-version: 2
                trakt-api-key: trakt-id

                {"client_id":"trakt-id"}
                """)
        flow = waiting(context, traktCode)
        let poll = flow.handle(.due, at: start + 5, in: context)
        #expect(
            text(poll) == """
                POST https://auth.trakt.tv/oauth/device/token
                Accept: application/json
                Content-Type: application/json
                trakt-api-version: 2
                trakt-api-key: trakt-id

                {"code":"d-secret","client_id":"trakt-id"}
                """)
    }

    @Test func `Trakt gets the secret of an app that has one`() throws {
        let context = try context("trakt", values: ["client_id": "a", "client_secret": "b"])
        var flow = waiting(context, traktCode)
        guard case .send(let request) = flow.handle(.due, at: start + 5, in: context) else {
            Issue.record("no poll")
            return
        }
        #expect(
            String(decoding: request.body, as: UTF8.self) == #"{"code":"d-secret","client_id":"a","client_secret":"b"}"#
        )
    }

    @Test func `Trakt's redirect flow proves the key and repeats the redirect URI`() throws {
        let context = try context("trakt", "redirect")
        var flow = RedirectFlow(method: context.method)
        // The verifier and challenge of RFC 7636, appendix B.
        let secrets = FlowSecrets(
            state: "state-of-this-sign-in-0001", codeVerifier: "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk")
        #expect(flow.handle(.begin(secrets), at: start, in: context) == .none)
        #expect(
            flow.authorizationURL == "https://auth.trakt.tv/oauth/authorize?response_type=code&client_id=trakt-id"
                + "&redirect_uri=https%3A%2F%2Fhome.example%2Ftrakt%2Foauth-callback%2F"
                + "&state=state-of-this-sign-in-0001&code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
                + "&code_challenge_method=S256")
        let exchange = flow.handle(
            .callback([Parameter("code", "c/1"), Parameter("state", "state-of-this-sign-in-0001")]), at: start + 30,
            in: context)
        #expect(
            text(exchange) == """
                POST https://auth.trakt.tv/oauth/token
                Accept: application/json
                Content-Type: application/json
                trakt-api-version: 2
                trakt-api-key: trakt-id

                {"grant_type":"authorization_code","code":"c/1","client_id":"trakt-id",\
                "redirect_uri":"https://home.example/trakt/oauth-callback/",\
                "code_verifier":"dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"}
                """)
    }

    @Test func `Trakt refreshes, revokes and tells whose account it is`() throws {
        let context = try context("trakt")
        let tokens = TokenSet(accessToken: "at", refreshToken: "rt")
        #expect(
            text(try #require(try Refresh(tokens, in: context)?.request())) == """
                POST https://auth.trakt.tv/oauth/token
                Accept: application/json
                Content-Type: application/json
                trakt-api-version: 2
                trakt-api-key: trakt-id

                {"grant_type":"refresh_token","refresh_token":"rt","client_id":"trakt-id",\
                "redirect_uri":"urn:ietf:wg:oauth:2.0:oob"}
                """)
        #expect(
            text(try #require(try Revoke(tokens, in: context)?.request())) == """
                POST https://auth.trakt.tv/oauth/revoke
                Accept: application/json
                Content-Type: application/json
                trakt-api-version: 2
                trakt-api-key: trakt-id

                {"token":"at","client_id":"trakt-id"}
                """)
        #expect(
            text(try #require(try Identity(tokens, in: context)?.request())) == """
                GET https://api.trakt.tv/users/settings
                Accept: application/json
                Content-Type: application/json
                trakt-api-version: 2
                trakt-api-key: trakt-id
                Authorization: Bearer at
                """)
    }

    @Test func `A refresh sends the redirect URI of the sign-in`() throws {
        let context = try context("trakt", "redirect")
        let tokens = TokenSet(accessToken: "at", refreshToken: "rt", redirectURI: "https://old.example/trakt/")
        let request = try #require(try Refresh(tokens, in: context)?.request())
        #expect(
            String(decoding: request.body, as: UTF8.self)
                == #"{"grant_type":"refresh_token","refresh_token":"rt","client_id":"trakt-id","#
                + #""redirect_uri":"https://old.example/trakt/"}"#)
    }

    @Test func `Plex's PIN is asked for by its number`() throws {
        let context = try context("plex")
        var flow = PollingFlow(method: context.method)
        let headers = """
            Accept: application/json
            X-Plex-Client-Identifier: 11111111-2222-4333-8444-555555555555
            X-Plex-Product: Latchkey
            X-Plex-Version: 1.0
            X-Plex-Device-Name: attic
            """
        #expect(
            text(flow.handle(.begin(state: "s"), at: start, in: context))
                == "POST https://plex.tv/api/v2/pins?strong=false\n" + headers)
        flow = waiting(context, plexPin, status: 201)
        #expect(flow.userCode == "ABCD")
        #expect(flow.verificationURL == "https://plex.tv/link")
        #expect(flow.verificationURLComplete == "https://plex.tv/link/?pin=ABCD")
        #expect(flow.interval == 2)
        #expect(
            text(flow.handle(.due, at: start + 2, in: context)) == "GET https://plex.tv/api/v2/pins/4242\n" + headers)
        let tokens = TokenSet(accessToken: "px")
        #expect(Refresh(tokens, in: context) == nil)
        #expect(
            text(try #require(try Revoke(tokens, in: context)?.request()))
                == "DELETE https://plex.tv/api/v2/users/signout\n" + headers + "\nX-Plex-Token: px")
        #expect(
            text(try #require(try Identity(tokens, in: context)?.request()))
                == "GET https://plex.tv/api/v2/user\n" + headers + "\nX-Plex-Token: px")
    }

    @Test func `Plex's own page has everything in its fragment`() throws {
        let context = try context("plex", "popup")
        let flow = waiting(context, plexPin.replacing("ABCD", with: "longcode"), status: 201)
        #expect(
            flow.verificationURL == "https://app.plex.tv/auth#?clientID=11111111-2222-4333-8444-555555555555"
                + "&code=longcode&context%5Bdevice%5D%5Bproduct%5D=Latchkey"
                + "&forwardUrl=https%3A%2F%2Fhome.example%2Fplex%2Foauth-callback%2F"
                + "%3Fstate%3Dstate-of-this-sign-in-0001"
        )
        #expect(flow.userCode == "")
        #expect(flow.status == .authorizationPending)
    }

    @Test func `SIMKL speaks RFC 8628 with its common query`() throws {
        let context = try context("simkl", values: ["client_id": "simkl-id", "client_secret": "hush"])
        let head = """
            ?client_id=simkl-id&app-name=Latchkey&app-version=1.0
            Accept: application/json
            Content-Type: application/x-www-form-urlencoded


            """
        var flow = PollingFlow(method: context.method)
        #expect(
            text(flow.handle(.begin(state: "s"), at: start, in: context)) == "POST https://api.simkl.com/oauth2/device"
                + head + "scope=media%3Aread+media%3Awrite&client_id=simkl-id")
        flow = waiting(context, simklCode)
        #expect(
            text(flow.handle(.due, at: start + 5, in: context)) == "POST https://api.simkl.com/oauth2/token" + head
                + "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Adevice_code&device_code=s-secret"
                + "&client_id=simkl-id")
        let tokens = TokenSet(accessToken: "simkl_at_1", refreshToken: "simkl_rt_1")
        #expect(
            text(try #require(try Refresh(tokens, in: context)?.request())) == "POST https://api.simkl.com/oauth2/token"
                + head + "grant_type=refresh_token&refresh_token=simkl_rt_1&client_id=simkl-id&client_secret=hush")
        #expect(
            text(try #require(try Revoke(tokens, in: context)?.request())) == "POST https://api.simkl.com/oauth2/revoke"
                + head + "token=simkl_rt_1&client_id=simkl-id&client_secret=hush")
        #expect(
            text(try #require(try Identity(tokens, in: context)?.request())) == """
                POST https://api.simkl.com/users/settings?client_id=simkl-id&app-name=Latchkey&app-version=1.0
                Accept: application/json
                Authorization: Bearer simkl_at_1
                """)
    }

    @Test func `SIMKL's redirect flow is the standard one`() throws {
        let context = try context("simkl", "redirect")
        var flow = RedirectFlow(method: context.method)
        let secrets = FlowSecrets(
            state: "state-of-this-sign-in-0001", codeVerifier: "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk")
        _ = flow.handle(.begin(secrets), at: start, in: context)
        #expect(
            flow.authorizationURL == "https://simkl.com/oauth2/authorize?response_type=code&client_id=simkl-id"
                + "&redirect_uri=https%3A%2F%2Fhome.example%2Fsimkl%2Foauth-callback%2F"
                + "&scope=media%3Aread%20media%3Awrite&state=state-of-this-sign-in-0001"
                + "&code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM&code_challenge_method=S256")
        let step = flow.handle(
            .callback([
                Parameter("code", "c"), Parameter("state", "state-of-this-sign-in-0001"),
                Parameter("iss", "https://simkl.com"),
            ]), at: start + 30, in: context)
        #expect(
            text(step) == """
                POST https://api.simkl.com/oauth2/token?client_id=simkl-id&app-name=Latchkey&app-version=1.0
                Accept: application/json
                Content-Type: application/x-www-form-urlencoded

                grant_type=authorization_code&code=c\
                &redirect_uri=https%3A%2F%2Fhome.example%2Fsimkl%2Foauth-callback%2F\
                &code_verifier=dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk&client_id=simkl-id
                """)
    }

    @Test func `TMDB's session is approved in the browser`() throws {
        let context = try context("tmdb")
        let key = "api_key=0123456789abcdef0123456789abcdef"
        var flow = PollingFlow(method: context.method)
        #expect(
            text(flow.handle(.begin(state: "s"), at: start, in: context))
                == "GET https://api.themoviedb.org/3/authentication/token/new?\(key)\nAccept: application/json")
        flow = waiting(context, tmdbToken)
        #expect(
            flow.verificationURL == "https://www.themoviedb.org/authenticate/rt-1?redirect_to="
                + "https%3A%2F%2Fhome.example%2Ftmdb%2Foauth-callback%2F%3Fstate%3Dstate-of-this-sign-in-0001")
        #expect(flow.expiresAt == start + 3600)
        #expect(
            text(flow.handle(.due, at: start + 3, in: context)) == """
                POST https://api.themoviedb.org/3/authentication/session/new?\(key)
                Accept: application/json
                Content-Type: application/json

                {"request_token":"rt-1"}
                """)
        let tokens = TokenSet(accessToken: "session")
        #expect(
            text(try #require(try Revoke(tokens, in: context)?.request())) == """
                DELETE https://api.themoviedb.org/3/authentication/session?\(key)
                Accept: application/json
                Content-Type: application/json

                {"session_id":"session"}
                """)
        #expect(
            text(try #require(try Identity(tokens, in: context)?.request()))
                == "GET https://api.themoviedb.org/3/account?\(key)&session_id=session\nAccept: application/json")
    }

    @Test func `TMDB's key is checked by itself`() throws {
        let context = try context("tmdb", "key")
        var check = KeyCheck(method: context.method)
        #expect(
            text(check.handle(.begin, at: start, in: context)) == """
                GET https://api.themoviedb.org/3/authentication?api_key=0123456789abcdef0123456789abcdef
                Accept: application/json
                """)
        #expect(check.handle(.answer(answer(200, #"{"success":true}"#)), at: start, in: context) == .none)
        #expect(check.status == .ok)
        #expect(check.tokens == TokenSet(accessToken: "0123456789abcdef0123456789abcdef"))
        #expect(context.provider.canBeUnchecked(context.method))
        #expect(context.provider.revoke(for: context.method) == nil)
    }

    @Test func `Every request follows a replaced host`() throws {
        let catalogue = try Catalogue(files: shippedFiles())
        var replacements: [String: String] = [:]
        for name in catalogue.hostNames { replacements[name] = "http://127.0.0.1:9/\(name)/" }
        let replaced = try catalogue.replacingHosts(replacements)
        for provider in replaced.providers {
            for method in provider.methods where method.start != nil {
                let context = try context(provider, method.id, values: entered[provider.name] ?? [:])
                var flow = PollingFlow(method: method)
                guard case .send(let request) = flow.handle(.begin(state: "s"), at: start, in: context) else {
                    Issue.record("no start for \(provider.name)")
                    continue
                }
                #expect(request.url.hasPrefix("http://127.0.0.1:9/\(provider.name)."))
            }
        }
    }

    @Test func `An empty required value names its field`() throws {
        let context = try context("trakt", values: ["client_id": ""])
        var flow = PollingFlow(method: context.method)
        #expect(
            text(flow.handle(.begin(state: "s"), at: start, in: context)) == "refused (misconfigured): "
                + "Trakt needs the Client ID, which is empty. Enter the Client ID in the settings of Trakt and save it."
        )
        #expect(
            flow
                == {
                    var same = PollingFlow(method: context.method); same.state = "s"; return same
                }())
    }

    @Test func `A value with a line break cannot make a header`() throws {
        let context = try context("trakt", values: ["client_id": "a\r\nX-Evil: 1"])
        var flow = PollingFlow(method: context.method)
        #expect(
            text(flow.handle(.begin(state: "s"), at: start, in: context)) == "refused (misconfigured): "
                + "A value for Trakt has a line break or a control character in it. "
                + "Enter the values again, without line breaks.")
    }
}
