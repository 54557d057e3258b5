import Companion
import Files

/// Who may enter.
extension Serve {
    static let signIn = Option(
        name: "sign-in", value: "MODE",
        help: "none (on this machine only), password, or oidc: how people sign in to Latchkey (none)")
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
    static let admin = Option(
        name: "admin", value: "WHO", isRepeatable: true, help: "a subject, or a verified address, of an administrator")

    static let signInOptions = [
        signIn, sessionIdle, sessionLife, issuer, clientID, secretFile, allowUser, admin,
    ]

    /// The mode; nil without sign-in.
    static func mode(_ settings: Settings) throws(Failure) -> SignIn.Mode? {
        switch settings[signIn] ?? "none" {
        case "none": return nil
        case "password": return .password
        case "oidc": return .openID(try openID(settings))
        case let other: throw .usage("--sign-in '\(other)' should be none, password or oidc")
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
            guard !secret.isEmpty else { throw FileError("read", file, code: 0) }
            return String(secret)
        } catch {
            throw .environment("--oidc-client-secret-file: '\(file)' cannot be read, or is empty")
        }
    }

    /// What keeps the door; nil without sign-in.
    static func signIn(_ settings: Settings, data: String) throws -> SignIn? {
        guard let mode = try mode(settings) else { return nil }
        let (idle, life) = (try days(sessionIdle, 14, settings), try days(sessionLife, 90, settings))
        // The scheme and the path alone matter, and they are known before there is a port.
        let publicURL = try Listening(settings).publicURL([])
        do {
            try Files.makeFolder(data, mode: 0o700)
            return try SignIn(
                mode, folder: Files.join(data, "sign-in"), publicURL: publicURL, idle: idle, absolute: life)
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
}
