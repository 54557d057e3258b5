internal import Crypto

/// A signature over the parameters of a request: the digest of their names and values, sorted by name and put together
/// without anything between them, and of a secret at the end (https://www.last.fm/api/authspec, section 8).
struct Signature: Sendable, Equatable {
    /// How the digest is made.
    enum Algorithm: String, Sendable, CaseIterable {
        /// Hexadecimal digits of MD5, in lower case.
        case md5
    }

    /// The parameter that holds the signature.
    let name: String
    let algorithm: Algorithm
    let secret: Template
    /// The parameters that are not signed.
    let except: [String]

    /// Adds the signature to the form of a request, or to its query when it has no form. Both are signed.
    func sign(_ link: inout Link, _ body: inout RequestTemplate.Body, in scope: Scope) throws(FlowProblem) {
        var form: [Entry] = []
        if case .form(let entries) = body { form = entries }
        let parameters = try link.query.parameters(in: scope) + form.parameters(in: scope)
        let entry = Entry(name, text: digest(of: parameters, try secret.text(in: scope)))
        if form.isEmpty { link.query.append(entry) } else { body = .form(form + [entry]) }
    }

    /// Sorted by the bytes of their names.
    private func digest(of parameters: [Parameter], _ secret: String) -> String {
        let signed = parameters.filter { !except.contains($0.name) }
            .sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
        let text = signed.map { $0.name + $0.value }.joined() + secret
        return switch algorithm {
        case .md5: Hex.encode(Crypto.md5(text.utf8))
        }
    }
}
