internal import Crypto
internal import HTTP
internal import Mustache
internal import Site

/// The pages of the sign-in, as the site's templates made them, with places for what differs from request to request.
public struct SignInPages: Sendable {
    /// Asks for the password.
    public var password: [UInt8]
    /// Asks for the setup code and the first password.
    public var setup: [UInt8]
    /// Leads to the identity provider.
    public var elsewhere: [UInt8]

    /// The pages as they were built.
    public init(password: [UInt8], setup: [UInt8], elsewhere: [UInt8]) {
        (self.password, self.setup, self.elsewhere) = (password, setup, elsewhere)
    }

    /// A page with its values, escaped for HTML.
    static func fill(_ page: [UInt8], _ values: [String: String]) -> [UInt8] {
        var text = String(decoding: page, as: UTF8.self)
        for name in SignInPlace.all {
            text = text.split(separator: SignInPlace.mark(name), omittingEmptySubsequences: false)
                .joined(separator: (values[name] ?? "").escapedForHTML)
        }
        return Array(text.utf8)
    }
}

/// The token of a form (OWASP Cross-Site Request Forgery Prevention, "Signed Double-Submit Cookie"): the browser holds a
/// random value in a cookie, and the form brings its HMAC.
struct FormToken {
    static let cookie = "latchkey_form"

    /// The random value.
    let value: String
    /// Whether the browser has to be given it.
    let isNew: Bool

    init(_ request: Request, _ cookie: SessionCookie) throws(Problem) {
        if let held = request.cookies[cookie.name], held.utf8.count == 22, held.allSatisfy({ $0.isASCII }) {
            (value, isNew) = (held, false)
        } else {
            value = try Problem.orInternal { try Crypto.randomToken(bytes: 16) }
            isNew = true
        }
    }

    /// What the form brings.
    func text(_ key: [UInt8]) -> String { Hex.encode(Crypto.hmac(Array(value.utf8), key: key)) }

    /// Whether a form was made for the browser that sends it.
    static func fits(_ form: String, _ request: Request, _ cookie: SessionCookie, _ key: [UInt8]) -> Bool {
        guard let held = request.cookies[cookie.name] else { return false }
        let expected = Hex.encode(Crypto.hmac(Array(held.utf8), key: key))
        return Crypto.equalInConstantTime(Array(form.utf8), Array(expected.utf8))
    }
}
