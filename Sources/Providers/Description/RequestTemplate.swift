internal import Crypto
internal import JSON

/// A request of a description, before its values are known.
struct RequestTemplate: Sendable, Equatable {
    enum Body: Sendable, Equatable {
        case none
        case json(JSONTemplate)
        case form([Entry])
    }

    /// HTTP Basic credentials (RFC 7617).
    struct Basic: Sendable, Equatable {
        let user: Template
        let password: Template
        /// Whether they are those of an OAuth client, which are form-encoded before they are joined (RFC 6749 section
        /// 2.3.1).
        var isClient = true
    }

    let method: String
    let link: Link
    let headers: [Entry]
    let body: Body
    let basic: Basic?
    /// How the request is signed, where it is.
    var signature: Signature?
    /// What HTTP Basic takes out of the form, where the values say how the app proves itself; nil where the description
    /// does.
    var basicTakes: [String]?

    /// The request with its values, the provider's common headers and query, and the token where `placement` says.
    func request(in scope: Scope, placement: Placement? = nil) throws(FlowProblem) -> OutgoingRequest {
        let provider = scope.context.provider
        var link = link
        link.query = provider.query.overridden(by: (placement?.query ?? []).overridden(by: link.query))
        var body = body
        if let signature { try signature.sign(&link, &body, in: scope) }
        let chosen = chosenBasic(&body, in: scope)
        let url = try link.text(in: scope)
        let (type, bytes) = try Self.bytes(of: body, in: scope)
        var fields = [Entry("Accept", text: "application/json")]
        if let type { fields.append(Entry("Content-Type", text: type)) }
        for more in [provider.headers, placement?.headers ?? [], headers] {
            fields = fields.overridden(by: more) { $0.lowercased() == $1.lowercased() }
        }
        var parameters = try fields.parameters(in: scope)
        if let basic = basic ?? chosen ?? placement?.basic {
            parameters.append(Parameter("Authorization", try basic.value(in: scope)))
        }
        for field in parameters where !Encoding.isPlain(field.value) {
            // SECURITY: a line break in a header value would begin another header.
            throw FlowProblem(
                code: "misconfigured",
                message: "A value for \(provider.label) has a line break or a control character in it.",
                hint: "Enter the values again, without line breaks.")
        }
        return OutgoingRequest(
            method: method, url: url, headers: parameters, body: bytes,
            instance: link.isInstance(of: provider) ? Instance.trust(scope.context.values) : nil)
    }

    /// HTTP Basic, where the values say that; an app without a secret has only its id, which is in the form.
    private func chosenBasic(_ body: inout Body, in scope: Scope) -> Basic? {
        guard let basicTakes, case .form(let entries) = body, !scope.value("client_secret").isEmpty,
            scope.value(ClientAuthentication.field) == ClientAuthentication.basic.rawValue
        else { return nil }
        body = .form(entries.filter { !basicTakes.contains($0.name) })
        return Basic(
            user: Template(parts: [.value("client_id")]), password: Template(parts: [.value("client_secret")]))
    }

    private static func bytes(of body: Body, in scope: Scope) throws(FlowProblem) -> (type: String?, bytes: [UInt8]) {
        switch body {
        case .none: (nil, [])
        case .json(let template): ("application/json", try template.json(in: scope).encoded())
        case .form(let entries):
            (
                "application/x-www-form-urlencoded",
                Array(Encoding.form(try entries.parameters(in: scope)).utf8)
            )
        }
    }
}

extension RequestTemplate.Basic {
    func value(in scope: Scope) throws(FlowProblem) -> String {
        // Public clients send an empty password, so both parts may be empty.
        let user = try user.isOneEmptyValue(in: scope) ? "" : user.text(in: scope)
        let password = try password.isOneEmptyValue(in: scope) ? "" : password.text(in: scope)
        let pair = isClient ? "\(Encoding.form(user)):\(Encoding.form(password))" : "\(user):\(password)"
        return "Basic " + Base64.encode(Array(pair.utf8))
    }
}

extension Template {
    fileprivate func isOneEmptyValue(in scope: Scope) -> Bool {
        guard parts.count == 1, let name = names.first else { return false }
        return scope.value(name).isEmpty
    }
}

/// A JSON body with `{{name}}` in its strings. Everything else keeps its type.
indirect enum JSONTemplate: Sendable, Equatable {
    case literal(JSON)
    case text(Template)
    case array([JSONTemplate])
    case object([Member])

    struct Member: Sendable, Equatable {
        let key: String
        /// Written `key?`: left out when a value in it is empty.
        let isOptional: Bool
        let value: JSONTemplate
    }

    var names: [String] {
        switch self {
        case .literal: []
        case .text(let template): template.names
        case .array(let elements): elements.flatMap(\.names)
        case .object(let members): members.flatMap(\.value.names)
        }
    }

    func json(in scope: Scope) throws(FlowProblem) -> JSON {
        switch self {
        case .literal(let json): return json
        case .text(let template): return .string(try template.text(in: scope))
        case .array(let elements):
            var result: [JSON] = []
            for element in elements { result.append(try element.json(in: scope)) }
            return .array(result)
        case .object(let members):
            var result: JSONObject = [:]
            for member in members {
                if member.isOptional, member.value.names.contains(where: { scope.value($0).isEmpty }) { continue }
                result[member.key] = try member.value.json(in: scope)
            }
            return .object(result)
        }
    }
}
