import Companion
import Files
import Glibc

/// Who may enter.
extension Serve {
    static let signIn = Option(
        name: "sign-in", value: "MODE",
        help: "how people are known: none (on this machine only), password, proxy, or oidc (none)")
    static let sessionIdle = Option(
        name: "session-idle-days", value: "DAYS", help: "a session ends after so many days without a request (14)")
    static let sessionLife = Option(
        name: "session-life-days", value: "DAYS", help: "a session ends after so many days in any case (90)")
    static let issuer = Option(
        name: "oidc-issuer", value: "URL", help: "the OpenID provider, exactly as it names itself")
    static let clientID = Option(
        name: "oidc-client-id", value: "ID",
        help: "the client that is registered there, with <public URL>sign-in/callback/ as redirect URI")
    static let secretFile = Option(
        name: "oidc-client-secret-file", value: "FILE", help: "a file with the client's secret, if it has one")
    static let allowUser = Option(
        name: "allow-user", value: "WHO", isRepeatable: true,
        help: "a subject, or a verified address, that may enter (everybody whom the provider lets in)")
    static let userHeader = Option(
        name: "user-header", value: "NAME",
        help: "with --sign-in proxy: the header in which the proxy sends the user's name (Remote-User)")
    static let admin = Option(
        name: "admin", value: "WHO", isRepeatable: true,
        help: "an administrator: a user's name with --sign-in proxy, a subject or a verified address with oidc")
    static let sharedKeys = Option(
        name: "shared-keys", value: nil,
        help: "users without app keys of their own use the ones that administrators enter for everyone")

    /// What sessions are made of; new values count after a restart.
    static let sessionOptions = [sessionIdle, sessionLife, issuer, clientID, secretFile, allowUser]
    /// Who may enter and how.
    static let signInOptions = [signIn, userHeader, admin, sharedKeys] + sessionOptions

    /// A mode, with what belongs to it.
    enum SignInMode: Equatable {
        case none
        case proxy(header: String, administrators: [String])
        case here(SignIn.Mode)
    }

    /// The mode, read and checked.
    static func signInMode(_ settings: Settings) throws(Failure) -> SignInMode {
        let mode = settings[signIn] ?? "none"
        for (option, modes) in [
            (userHeader, ["proxy"]), (admin, ["proxy", "oidc"]), (sharedKeys, ["proxy", "oidc"]), (issuer, ["oidc"]),
            (clientID, ["oidc"]), (secretFile, ["oidc"]), (allowUser, ["oidc"]),
            (sessionIdle, ["password", "oidc"]), (sessionLife, ["password", "oidc"]),
        ] where settings.has(option) && !modes.contains(mode) {
            throw .usage("--\(option.name) is for --sign-in \(modes.joined(separator: " and "))")
        }
        switch mode {
        case "none": return .none
        case "password": return .here(.password)
        case "proxy": return try proxySignIn(settings)
        case "oidc": return .here(.openID(try openID(settings)))
        default: throw .usage("--sign-in '\(mode)' should be none, password, proxy or oidc")
        }
    }

    private static func openID(_ settings: Settings) throws(Failure) -> OpenIDSettings {
        guard let issuer = settings[issuer], let client = settings[clientID] else {
            throw .usage("--sign-in oidc needs --oidc-issuer and --oidc-client-id")
        }
        guard settings[publicURL] != nil else {
            throw .usage("--sign-in oidc needs --public-url: the provider sends people back to it")
        }
        return OpenIDSettings(
            issuer: issuer, clientID: client, clientSecret: try secret(settings),
            users: Set(settings.all(allowUser)), administrators: Set(settings.all(admin)))
    }

    /// SECURITY: from a file, so that it is in no list of processes.
    private static func secret(_ settings: Settings) throws(Failure) -> String? {
        guard let file = settings[secretFile] else { return nil }
        do throws(FileError) {
            let text = String(decoding: try Files.read(file, limit: 65_536), as: UTF8.self)
            let secret = text.prefix { !$0.isNewline }
            guard !secret.isEmpty else { throw FileError("read", file, code: ENODATA) }
            return String(secret)
        } catch {
            throw .environment("--oidc-client-secret-file: '\(file)' cannot be read, or is empty")
        }
    }

    /// How visitors are known, from a configuration.
    static func door(_ settings: Settings, data: String) throws -> Door {
        switch try signInMode(settings) {
        case .none: return .open
        case .proxy(let header, let administrators): return .proxy(header: header, administrators: administrators)
        case .here(let mode): return .signIn(try signIn(mode, settings, Files.join(data, "sign-in")))
        }
    }

    /// As above, for a server that goes on: its sessions go on, too.
    static func door(_ settings: Settings, keeping door: Door) throws -> Door {
        guard case .proxy(let header, let administrators) = try signInMode(settings) else { return door }
        return .proxy(header: header, administrators: administrators)
    }

    private static func signIn(_ mode: SignIn.Mode, _ settings: Settings, _ folder: String) throws -> SignIn {
        let (idle, life) = (try days(sessionIdle, 14, settings), try days(sessionLife, 90, settings))
        // The scheme and the path alone matter, and they are known before there is a port.
        let publicURL = try Listening(settings).publicURL([])
        do {
            try Files.makeFolder(folder, mode: 0o700)
            return try SignIn(mode, folder: folder, publicURL: publicURL, idle: idle, absolute: life)
        } catch {
            throw Failure.environment("\(error)")
        }
    }

    private static func days(_ option: Option, _ standard: Int, _ settings: Settings) throws(Failure) -> Double {
        guard let text = settings[option] else { return Double(standard * 86_400) }
        guard let days = Int(text), 1...3650 ~= days else {
            throw .usage("--\(option.name) '\(text)' should be a number of days from 1 to 3650")
        }
        return Double(days * 86_400)
    }

    private static func proxySignIn(_ settings: Settings) throws(Failure) -> SignInMode {
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
