internal import HTTP
internal import JSON
internal import Providers
internal import Vault

/// NowPlaying's names for what there is to do with an account, with its shapes; where its answers say what is not so,
/// these say what is.
extension Companion {
    /// `{authenticated, token_expired?, expires_at?, auth_url?}`, and in our words `state` and `message`.
    func readAuthStatus(_ call: Endpoint.Call) async throws(Problem) -> Response {
        let provider = try call.named()
        // Before the state is told: what has ended now has ended then, too.
        let now = parts.clock.wall
        let status = try await engine.status(provider, call.id)
        let isConnected = status["connected"] == true
        var answer: JSONObject = ["authenticated": .bool(isConnected)]
        if status["linked_at"] != nil {
            let end = status["expires_at"]?.doubleValue
            answer["token_expired"] = .bool((end ?? .infinity) <= now)
            answer["expires_at"] = Self.time(end)
        }
        if !isConnected { answer["auth_url"] = .string(authenticationURL(provider, call.id)) }
        answer["state"] = status["state"]
        answer["message"] = status["message"]
        return .json(200, .object(answer))
    }

    /// `{auth_url, redirect_uri, message}`, and the `state` that a pasted code needs.
    func beginAuthentication(_ call: Endpoint.Call) async throws(Problem) -> Response {
        let (provider, method) = try call.method(of: [.redirect])
        let cookies = flowCookies(call.request)
        let (flow, cookie) = try await engine.beginRedirect(provider, method, call.id, cookies)
        let answer: JSON = [
            "auth_url": .string(flow.authorizationURL), "redirect_uri": .string(flow.redirectURI),
            "message": .string("Visit this URL to authorize your \(provider.label) account"),
            "state": .string(flow.state),
        ]
        var response = Response.json(200, answer)
        set(cookie, for: Int(RedirectFlow.life), cookies, in: &response)
        return response
    }

    /// The code of `{code, state, iss?}`, or of `{url}`, the address to which the provider sent the browser.
    func pasteCode(_ call: Endpoint.Call) async throws(Problem) -> Response {
        let provider = try call.named()
        let pasted = try call.pasted()
        let owner = call.id.owner
        let key: FlowEngine.Key
        do throws(Problem) {
            key = try await engine.paste(provider, pasted) { $0.id.owner == owner }
        } catch {
            tellRefused("pasted code refused", reason: error.code, provider, from: call.request)
            throw error
        }
        let linked = try await engine.linked(key)
        return .json(
            200,
            [
                "success": true, "message": .string("Successfully authenticated with \(provider.label)!"),
                "account": .string(key.id.account), "expires_at": Self.time(linked?.tokens.expiresAt),
            ])
    }

    /// `{access_token, expires_at}` after a refresh. What the provider refuses is an error.
    func refreshToken(_ call: Endpoint.Call) async throws(Problem) -> Response {
        let key = try call.key()
        try await engine.refresh(try call.named(), call.id)
        guard let linked = try await engine.linked(key) else {
            throw Problem(409, "not_linked", "The connection was ended during the refresh.", hint: "Connect again.")
        }
        parts.log.info("token revealed", key)
        return .json(
            200,
            [
                "access_token": .string(linked.tokens.accessToken), "expires_at": Self.time(linked.tokens.expiresAt),
            ])
    }

    /// Where somebody begins who has to sign in: by POST there, or on the page where there is no redirect.
    func authenticationURL(_ provider: Provider, _ id: AccountID) -> String {
        guard provider.methods.contains(where: { $0.kind == .redirect }) else { return parts.cardURL(provider) }
        let account = id.account == VaultName.default ? "" : "?account=\(id.account)"
        return "\(parts.publicURL)\(provider.name)/authenticate/\(account)"
    }

    /// A time as NowPlaying writes it; null when there is none.
    static func time(_ seconds: Double?) -> JSON {
        guard let seconds, let whole = Int(exactly: seconds.rounded(.down)) else { return .null }
        return .string(HTTPDate.rfc3339(epochSeconds: Int64(whole)))
    }
}

extension Endpoint.Call {
    /// What the body holds of a callback.
    fileprivate func pasted() throws(Problem) -> FlowEngine.Pasted {
        let body = try body() ?? [:]
        var parameters: [Parameter] = []
        if let url = body["url"]?.stringValue {
            parameters = [Parameter](queryOf: url)
        } else {
            for name in ["code", "state", "iss"] {
                if let value = body[name]?.stringValue { parameters.append(Parameter(name, value)) }
            }
            guard parameters.contains(where: { $0.name == "code" && !$0.value.isEmpty }) else {
                throw Problem(
                    400, "missing_code", "There is no code in the request.",
                    hint: "Send {\"code\": …, \"state\": …}, or {\"url\": …} with the whole address.")
            }
        }
        let states = parameters.filter { $0.name == "state" }.map(\.value)
        guard states.count == 1, let state = states.first, !state.isEmpty else {
            throw Problem(
                400, "invalid_state", "The request has no state, or more than one.",
                hint: "It is beside the code in the address to which the provider sent the browser.")
        }
        return FlowEngine.Pasted(state: state, parameters: parameters)
    }
}
