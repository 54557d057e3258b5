internal import HTTP
internal import JSON
internal import Providers

/// Tokens for apps that have an API key.
extension Companion {
    func readToken(_ call: Endpoint.Call) async throws(Problem) -> Response {
        let (key, provider, id) = try opened(call)
        let changes = parts.answers.changes
        let token = try await engine.freshToken(provider, id)
        let bytes = token.json.encoded()
        parts.tokens.keep(
            bytes, for: TokenAnswers.Question(provider: provider.name, id: id), changes: changes,
            // Should what others write be noticed late, no old answer lives long.
            until: min(token.goodUntil, parts.clock.wall + 1))
        audit(.tokenGiven, key, provider.name, id.account, call.request)
        return Self.answer(bytes)
    }

    func rejectToken(_ call: Endpoint.Call) async throws(Problem) -> Response {
        let (key, provider, id) = try opened(call)
        audit(.tokenRejected, key, provider.name, id.account, call.request)
        let body = try call.body() ?? [:]
        guard let members = body.objectValue, members.keys.allSatisfy({ $0 == "access_token" }) else {
            throw Problem(
                422, "not_an_object", "The body should be empty, or a JSON object with the refused 'access_token'.")
        }
        try await engine.rejected(provider, id, token: members["access_token"]?.stringValue)
        let token = try await engine.freshToken(provider, id)
        audit(.tokenGiven, key, provider.name, id.account, call.request)
        return .json(200, token.json)
    }

    /// The account that the request's key opens. Before there is a key, nothing opens any.
    private func opened(_ call: Endpoint.Call) throws(Problem) -> (ApiKey, Provider, AccountID) {
        let provider = try call.named()
        guard let key = try apiKey(of: call.request) else { throw .noApiKey }
        try check(key, provider, call.id.account, call.request)
        return (key, provider, AccountID(owner: key.owner, account: call.id.account))
    }

    private static func answer(_ bytes: [UInt8]) -> Response {
        Response(status: 200, headers: ["Content-Type": "application/json"], body: .bytes(bytes))
    }

    /// Apps ask again and again, and mostly nothing has changed: then the answer is made on the loop, from memory. The key
    /// is looked at each time.
    func readyToken(to request: Request) -> Response? {
        guard request.method == "GET", request.path.hasPrefix("/api/token/"), let book = settings.apiKeys else {
            return nil
        }
        let name = String(request.path.dropFirst("/api/token/".count))
        guard let account = try? Self.account(request), let text = Self.presentedKey(request),
            let question = book.peek(text).map({
                TokenAnswers.Question(provider: name, id: AccountID(owner: $0.owner, account: account))
            }),
            doorkeeper.admits(owner: question.id.owner),
            let bytes = parts.tokens.answer(for: question, changes: parts.answers.changes, at: parts.clock.wall),
            case .key(let key, let isFirstToday) = book.use(text), key.allows(provider: name, account: account)
        else { return nil }
        if isFirstToday { tellUse(of: key, request) }
        audit(.tokenGiven, key, name, account, request)
        return Self.answer(bytes)
    }
}
