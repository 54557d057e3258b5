internal import JSON

/// What a server says of itself at an address that follows from its issuer: OpenID Connect Discovery 1.0 section 4 and
/// RFC 8414 section 3. What it says takes the places of the fields of the same names (`token_endpoint`).
public struct Discovery: Sendable, Equatable {
    /// The field that holds the issuer. When it is empty, nothing is asked.
    public let issuer: String
    /// The fields that are filled in, by their names in the metadata.
    public let fields: [String]

    /// The requests for the metadata of an issuer, the likelier one first: OpenID Connect puts the well-known path at the
    /// end, RFC 8414 between host and path.
    public func requests(_ issuer: String) -> [OutgoingRequest] {
        let base = issuer.hasSuffix("/") ? String(issuer.dropLast()) : issuer
        guard let address = WebAddress(base), address.isSecure else { return [] }
        let origin = String(base.dropLast(address.path.utf8.count))
        let places = [
            base + "/.well-known/openid-configuration",
            origin + "/.well-known/oauth-authorization-server" + address.path,
        ]
        return places.map {
            OutgoingRequest(method: "GET", url: $0, headers: [Parameter("Accept", "application/json")], body: [])
        }
    }

    /// The endpoints in an answer: each of the fields, empty when the server has none.
    ///
    /// SECURITY: the issuer must be the one that was asked, byte by byte (RFC 8414 section 3.3), and every address https;
    /// http on this machine only when the issuer is there, too.
    public func endpoints(
        in exchange: Exchange, issuer: String, of provider: Provider
    ) throws(FlowProblem) -> [String: String] {
        let hint = "Compare the address with what the server says of itself, or leave it empty and enter its addresses."
        func problem(_ what: String) -> FlowProblem { FlowProblem(code: "discovery_failed", message: what, hint: hint) }
        let host = WebAddress(issuer)?.host ?? provider.label
        guard case .response(let response) = exchange, 200...299 ~= response.status, let body = response.json,
            body.objectValue != nil
        else { throw problem("\(host) does not answer with what it offers (OpenID Connect Discovery, RFC 8414).") }
        guard let named = body["issuer"]?.stringValue, named.utf8.elementsEqual(issuer.utf8) else {
            throw problem("\(host) names another issuer than \(Encoding.excerpt(issuer)).")
        }
        let mayBeLocal = WebAddress(issuer)?.scheme == "http"
        var endpoints: [String: String] = [:]
        for field in fields {
            let text = body[field]?.stringValue ?? ""
            let address = WebAddress(text)
            guard text.isEmpty || address.map({ $0.isSecure && (mayBeLocal || $0.scheme == "https") }) == true,
                !text.contains(where: { "?#".contains($0) })
            else { throw problem("\(host) names a \(field) that cannot be used.") }
            endpoints[field] = text
        }
        return endpoints
    }
}

extension FlowContext {
    /// Whether the address of a request is there: that of a server without this endpoint is an empty field.
    func hasAddress(_ call: Call) -> Bool {
        guard case .value(let name)? = call.request.link.url.parts.first,
            let field = provider.fields.first(where: { $0.key == name })
        else { return true }
        return !(values[name] ?? field.defaultValue ?? "").isEmpty
    }
}
