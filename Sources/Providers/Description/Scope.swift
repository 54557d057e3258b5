/// The one flat scope in which `{{name}}` is looked up: what the flow learned, the tokens, the account's fields and
/// generated values, `hosts.*`, `app.*`, and the values of the method.
struct Scope {
    let context: FlowContext
    var flow: [String: String] = [:]
    var tokens: TokenSet?

    /// The value of a name; empty when there is none.
    func value(_ name: String) -> String {
        flow[name] ?? tokenValue(name) ?? context.values[name].flatMap { $0.isEmpty ? nil : $0 } ?? fixed(name) ?? ""
    }

    /// The value of a name that must have one.
    func required(_ name: String) throws(FlowProblem) -> String {
        let value = value(name)
        guard value.isEmpty else { return value }
        let label = context.provider.label
        if let field = context.provider.fields.first(where: { $0.key == name }) {
            if field.mayBeEmpty { return "" }
            if context.provider.discovery?.fields.contains(name) == true, !self.value(Discovery.issuerName).isEmpty {
                throw FlowProblem(
                    .featureDisabled, "This server has no \(field.label).", hint: "Choose another way to sign in.")
            }
            throw FlowProblem(
                code: "misconfigured", message: "\(label) needs the \(field.label), which is empty.",
                hint: field.isKept
                    ? "Enter the \(field.label) in the settings of \(label) and save it." : "Enter the \(field.label).")
        }
        if context.provider.generated.contains(where: { $0.key == name }) {
            throw FlowProblem(
                code: "misconfigured", message: "\(label) needs a '\(name)', which has not been generated.",
                hint: "Restart the server; it makes one for each account.")
        }
        throw FlowProblem(
            .unreachable, "\(label) has not given the value '\(name)' that the next request needs.",
            hint: "Try again; if it stays so, the description of \(label) needs a look.")
    }

    private func tokenValue(_ name: String) -> String? {
        guard let tokens else { return nil }
        return switch name {
        case "access_token": tokens.accessToken
        case "refresh_token": tokens.refreshToken
        case "revocable_token": tokens.refreshToken ?? tokens.accessToken
        case "redirect_uri": tokens.redirectURI
        default: tokens.extras[name]
        }
    }

    private func fixed(_ name: String) -> String? {
        if name.hasPrefix("hosts.") {
            return context.provider.hosts.first { $0.name == name.dropFirst(6) }?.url
        }
        return switch name {
        case "app.name": context.app.name
        case "app.version": context.app.version
        case "app.device": context.app.device
        case "scope": context.method.scope?.text(context.values, context.provider.fields)
        case "redirect_uri": context.effectiveRedirectURI
        default: context.provider.fields.first { $0.key == name }?.defaultValue
        }
    }
}
