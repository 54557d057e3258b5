import Companion
import HTTP

extension Serve {
    static let signIn = Option(
        name: "sign-in", value: "MODE",
        help: "how people are known: none, or proxy for a reverse proxy that has signed them in (none)")
    static let userHeader = Option(
        name: "user-header", value: "NAME",
        help: "with --sign-in proxy: the header in which the proxy sends the user's name (Remote-User)")
    static let admin = Option(
        name: "admin", value: "NAME", isRepeatable: true,
        help: "with --sign-in proxy: a user who may do what concerns everybody")
    static let sharedKeys = Option(
        name: "shared-keys", value: nil,
        help: "users without app keys of their own use the ones that administrators enter for everyone")

    /// Who may enter and how.
    static let signInOptions = [signIn, userHeader, admin, sharedKeys]

    /// How visitors are known.
    static func signIn(_ settings: Settings) throws(Failure) -> SignIn {
        switch settings[signIn] ?? "none" {
        case "none":
            for option in [userHeader, admin, sharedKeys] where settings.has(option) {
                throw .usage("--\(option.name) is for --sign-in proxy")
            }
            return .none
        case "proxy": return try proxySignIn(settings)
        case let other: throw .usage("--sign-in '\(other)' should be none or proxy")
        }
    }

    private static func proxySignIn(_ settings: Settings) throws(Failure) -> SignIn {
        guard try !proxies(settings).isEmpty else {
            throw .usage(
                "--sign-in proxy believes listed proxies alone, and none is listed; "
                    + "say where yours connects from, such as --trusted-proxy 127.0.0.1 or --trusted-proxy unix")
        }
        let header = settings[userHeader] ?? "Remote-User"
        // Fields of HTTP itself mean something else, whatever a proxy puts there.
        let others = ["host", "cookie", "authorization", "origin", "referer", "forwarded"]
        guard header.utf8.allSatisfy({ isNameByte($0) }), !others.contains(header.lowercased()) else {
            throw .usage("--user-header '\(header)' should be a name such as Remote-User")
        }
        return .proxy(header: header, administrators: settings.all(admin))
    }

    private static func isNameByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"):
            true
        default: false
        }
    }
}
