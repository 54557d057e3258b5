internal import JSON

/// What a server says of itself at an address that follows from its issuer: OpenID Connect Discovery 1.0 section 4 and
/// RFC 8414 section 3. What it says takes the places of the fields of the same names (`token_endpoint`).
///
/// `token_endpoint_auth_method` is such a name, too: of the methods that the server has, the one that is used.
public struct Discovery: Sendable, Equatable {
    /// The field that holds the issuer. When it is empty, nothing is asked.
    public let issuer: String
    /// The fields that are filled in, by their names in the metadata.
    public let fields: [String]

    /// The name under which the issuer is kept as the server writes it: so it stands in callbacks (RFC 9207).
    static let issuerName = "iss"
    /// Whether every callback names the issuer.
    static let namesIssuer = "authorization_response_iss_parameter_supported"

    /// The names of all that is kept of what a server says.
    public var names: [String] { fields + [Self.issuerName, Self.namesIssuer] }

    /// The requests for the metadata of an issuer, the likelier one first: OpenID Connect puts the well-known path at the
    /// end, RFC 8414 between host and path.
    public func requests(_ issuer: String) -> [OutgoingRequest] {
        let base = issuer.hasSuffix("/") ? String(issuer.dropLast()) : issuer
        guard let address = WebAddress(base) else { return [] }
        let origin = String(base.dropLast(address.path.utf8.count))
        let places = [
            base + "/.well-known/openid-configuration",
            origin + "/.well-known/oauth-authorization-server" + address.path,
        ]
        return places.map {
            // It is a server of the person's own: http goes to private networks, and to nobody else.
            OutgoingRequest(
                method: "GET", url: $0, headers: [Parameter("Accept", "application/json")], body: [], instance: .system)
        }
    }

    /// What an answer says: each of the fields, empty when the server has none, and of the issuer.
    ///
    /// SECURITY: the issuer must be the one that was asked (RFC 8414 section 3.3), but for a slash at the end, without which
    /// its metadata are asked for anyway; and every address https, or http when the issuer is http, too: then the
    /// rule of private networks is applied to each request.
    public func endpoints(
        in exchange: Exchange, issuer: String, of provider: Provider
    ) throws(FlowProblem) -> [String: String] {
        let hint = "Compare the address with what the server says of itself, or leave it empty and enter its addresses."
        func problem(_ what: String) -> FlowProblem { FlowProblem(code: "discovery_failed", message: what, hint: hint) }
        let host = WebAddress(issuer)?.host ?? provider.label
        if case .failure(let failure) = exchange, failure != .tooLarge {
            let what = failure.asksNobody.map { "is not asked: \($0)" } ?? "could not be reached"
            throw FlowProblem(.unreachable, "\(host) \(what).", hint: failure.hint ?? "Try again in a moment.")
        }
        guard case .response(let response) = exchange, 200...299 ~= response.status, let body = response.json,
            body.objectValue != nil
        else { throw problem("\(host) does not answer with what it offers (OpenID Connect Discovery, RFC 8414).") }
        guard let named = body["issuer"]?.stringValue, Self.isSame(named, issuer) else {
            throw problem("\(host) names another issuer than \(Encoding.excerpt(issuer)).")
        }
        let mayBePlain = WebAddress(issuer)?.scheme == "http"
        var endpoints = [Self.issuerName: named, Self.namesIssuer: body[Self.namesIssuer] == true ? "true" : ""]
        for field in fields where field != ClientAuthentication.field {
            let text = body[field]?.stringValue ?? ""
            // It may have a query, which stays, and no fragment (RFC 6749 section 3.1).
            guard text.isEmpty || WebAddress(text).map({ mayBePlain || $0.scheme == "https" }) == true,
                !text.contains("#")
            else { throw problem("\(host) names a \(field) that cannot be used.") }
            endpoints[field] = text
        }
        if fields.contains(ClientAuthentication.field) {
            endpoints[ClientAuthentication.field] = ClientAuthentication(metadata: body).rawValue
        }
        return endpoints
    }

    private static func isSame(_ named: String, _ issuer: String) -> Bool {
        [issuer, issuer + "/", issuer.hasSuffix("/") ? String(issuer.dropLast()) : issuer]
            .contains { $0.utf8.elementsEqual(named.utf8) }
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
