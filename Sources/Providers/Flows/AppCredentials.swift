/// What an app must send with each request to a provider, so that it is made with the account's token.
public struct AppCredentials: Sendable, Equatable {
    /// The header fields: `Authorization` and what else the provider wants, such as the key and the version of its API.
    public let headers: [Parameter]
    /// The query items, for providers that want the token there.
    public let query: [Parameter]

    /// The credentials of an account.
    public init(_ tokens: TokenSet, in context: FlowContext) throws(FlowProblem) {
        try self.init(in: Scope(context: context, tokens: tokens))
    }

    init(in scope: Scope) throws(FlowProblem) {
        let provider = scope.context.provider
        let placement = provider.placement(for: scope.context.method)
        var headers = try provider.headers.overridden(by: placement.headers) { $0.lowercased() == $1.lowercased() }
            .parameters(in: scope)
        if let basic = placement.basic { headers.append(Parameter("Authorization", try basic.value(in: scope))) }
        self.headers = headers
        query = try provider.query.overridden(by: placement.query).parameters(in: scope)
    }
}
