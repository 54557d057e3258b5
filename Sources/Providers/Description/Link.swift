/// An address that a person opens, or the address of a request: a template with more query or fragment items.
///
/// A value at the very start is a base URL and stands as it is; every other value is percent-encoded.
struct Link: Sendable, Equatable {
    let url: Template
    var query: [Entry] = []
    var fragment: [Entry] = []

    var names: [String] { url.names + (query + fragment).flatMap(\.template.names) }

    /// The whole URL.
    func text(in scope: Scope) throws(FlowProblem) -> String {
        var text = try address(in: scope)
        let query = Encoding.query(try self.query.parameters(in: scope))
        if !query.isEmpty {
            let cut = text.firstIndex(of: "#") ?? text.endIndex
            text.insert(contentsOf: (text[..<cut].contains("?") ? "&" : "?") + query, at: cut)
        }
        let fragment = Encoding.query(try self.fragment.parameters(in: scope))
        if !fragment.isEmpty { text += (text.contains("#") ? "" : "#") + fragment }
        return try Self.checked(text, scope, isInstance: isInstance(of: scope.context.provider))
    }

    /// Whether it begins with the address of a server that the person has named.
    func isInstance(of provider: Provider) -> Bool {
        guard case .value(let base)? = url.parts.first else { return false }
        return provider.fields.contains { $0.key == base && $0.kind == .url }
    }

    private func address(in scope: Scope) throws(FlowProblem) -> String {
        guard case .value(let base)? = url.parts.first else {
            return try url.text(in: scope, encode: Encoding.percent)
        }
        var text = try scope.required(base)
        // A whole address stands as it is: its slashes belong to it.
        if url.parts.count == 1 { return text }
        while text.hasSuffix("/") { text.removeLast() }
        return text + (try Template(parts: Array(url.parts.dropFirst())).text(in: scope, encode: Encoding.percent))
    }

    // SECURITY: whatever was put into the URL, it leaves only over TLS or within this machine, and it does not climb
    // out of the path in which the description put it.
    // A server of the person's own may be reached by http; that it is in a private network is seen when its name has been
    // resolved.
    private static func checked(_ text: String, _ scope: Scope, isInstance: Bool) throws(FlowProblem) -> String {
        guard let address = WebAddress(text), address.isSecure || isInstance, !address.climbs else {
            throw FlowProblem(
                code: "misconfigured",
                message: "An address of \(scope.context.provider.label) is not an https address that can be used.",
                hint: "Look at the server address in the settings of \(scope.context.provider.label).")
        }
        return text
    }
}
