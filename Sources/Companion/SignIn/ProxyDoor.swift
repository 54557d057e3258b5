internal import HTTP

/// Visitors are known by a field that a listed reverse proxy adds to their requests.
///
/// SECURITY: whoever connects otherwise could write that field themselves, so the other end of the connection must be a
/// listed proxy. A proxy replaces the field of exactly this name that a client sends, but not always one whose name
/// differs by an underscore, nor always a second one: a request with either is refused, whatever they say.
struct ProxyDoor: Doorkeeper {
    /// The name of the field: `Remote-User`.
    let header: String
    /// The names of those who may do what concerns everybody.
    let administrators: [String]

    func visitor(of request: Request) throws(Problem) -> Visitor? {
        guard request.sender.isThroughProxy else {
            throw Problem(
                403, "not_through_proxy",
                "Sign-in is left to a proxy in front of Latchkey, and this request did not come through it.",
                hint: "Open Latchkey at the proxy's address. Whoever runs it lists the proxy with --trusted-proxy.")
        }
        let named = request.headers.fields.filter { Self.normal($0.name) == Self.normal(header) }
        guard let field = named.first else { throw Self.unknown(header) }
        guard named.count == 1, field.name.utf8.count == header.utf8.count,
            field.name.lowercased() == header.lowercased()
        else {
            throw Problem(
                400, "doubtful_user", "The request says more than once, or in another spelling, who you are.",
                hint: "The proxy should remove every field like '\(header)' that clients send, and add its own.")
        }
        if field.value.isEmpty { throw Self.unknown(header) }
        guard Self.isName(field.value) else {
            throw Problem(
                400, "bad_user", "The user name that the proxy sent cannot be used.",
                hint: "It should be 1 to 256 bytes of UTF-8 without commas and control characters.")
        }
        // Byte by byte: texts are the same to Swift when they only look the same.
        let isAdministrator = administrators.contains { $0.utf8.elementsEqual(field.value.utf8) }
        return Visitor(userName: field.value, isAdministrator: isAdministrator)
    }

    private static func unknown(_ header: String) -> Problem {
        Problem(
            401, "not_signed_in", "The proxy did not say who you are: its request has no field '\(header)'.",
            hint: "Sign in at the proxy, then try again. The name of the field is set with --user-header.")
    }

    /// Field names are compared as programs do that turn them into variables (RFC 3875 section 4.1.18).
    private static func normal(_ name: String) -> [UInt8] {
        name.lowercased().utf8.map { $0 == UInt8(ascii: "_") ? UInt8(ascii: "-") : $0 }
    }

    /// SECURITY: a comma is how two fields become one on their way (RFC 9110 section 5.3). Bytes that are not UTF-8 have
    /// become U+FFFD, so that two names would be one.
    private static func isName(_ name: String) -> Bool {
        (1...256).contains(name.utf8.count)
            && name.unicodeScalars.allSatisfy { scalar in
                scalar != "," && scalar != "\u{FFFD}" && scalar.value >= 0x20 && !(0x7F...0x9F).contains(scalar.value)
            }
    }
}
