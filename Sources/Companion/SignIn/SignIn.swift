internal import Crypto
internal import Files
public import HTTP
internal import JSON
internal import Providers
internal import Synchronization
internal import Vault

/// Sign-in to Latchkey itself: who may enter, and who has.
///
/// It outlives reloads. One is made when the server starts; what is in the data folder stays for the next one.
public final class SignIn: Doorkeeper {
    /// How people prove who they are.
    public enum Mode: Sendable, Equatable {
        /// One password for the one owner.
        case password
        /// An OpenID provider; everybody has accounts of their own.
        case openID(OpenIDSettings)
    }

    let mode: Mode
    let sessions: SessionBook
    let people: KnownPeople
    private let listedOwners: Set<String>
    let limiter: AttemptLimiter
    let starts: ClientPace
    let cookie: SessionCookie
    let formCookie: SessionCookie
    private let clock: EngineClock
    private let passwordPath: String
    private let code = Mutex<String?>(nil)
    /// When the password's file was changed, as far as is known: another time means another password.
    private let stamp: Mutex<Files.Stamp?>
    /// How many passwords are being hashed. Each takes 32 MiB for a moment.
    private let hashing = Atomic(0)
    /// For the tokens of forms; another one in each process.
    let formKey: [UInt8]

    /// Reads what is in the folder, and makes it when it is not there.
    ///
    /// - Parameters:
    ///   - folder: `<data>/sign-in`.
    ///   - publicURL: the address that people use, with a final slash.
    ///   - idle: seconds without a request after which a session ends.
    ///   - absolute: seconds after which it ends in any case.
    /// - Throws: `SignInFileError`, `FileError` or `Crypto.Failure`.
    public init(_ mode: Mode, folder: String, publicURL: String, idle: Double, absolute: Double) throws {
        self.mode = mode
        if case .openID(let settings) = mode { listedOwners = settings.listedOwners } else { listedOwners = [] }
        clock = EngineClock()
        try Files.makeFolder(folder, mode: 0o700)
        passwordPath = Self.passwordPath(in: folder)
        cookie = SessionCookie(publicURL: publicURL)
        formCookie = SessionCookie(publicURL: publicURL, FormToken.cookie)
        // The stamp first: what changes after it is seen as a change.
        stamp = Mutex(Files.stamp(of: passwordPath))
        sessions = SessionBook(
            path: Files.join(folder, "sessions.json"), life: .init(idle: idle, absolute: absolute),
            ground: Self.ground(mode, passwordPath), at: clock.now)
        people = KnownPeople(path: Files.join(folder, "names.json"))
        limiter = AttemptLimiter(at: clock.now)
        starts = ClientPace(clock)
        formKey = try Crypto.randomBytes(32)
        guard mode == .password else { return }
        if try StoredPassword.read(passwordPath) == nil {
            let letters = try Crypto.randomBytes(12).map { Self.codeLetters[Int($0) % Self.codeLetters.count] }
            let text = String(decoding: letters, as: UTF8.self)
            code.withLock { $0 = "\(text.prefix(4))-\(text.dropFirst(4).prefix(4))-\(text.suffix(4))" }
        }
    }

    /// 32 letters and digits that are not taken for one another.
    private static let codeLetters = Array("23456789ABCDEFGHJKLMNPQRSTUVWXYZ".utf8)

    /// Where the password is kept below a folder of the sign-in.
    public static func passwordPath(in folder: String) -> String { Files.join(folder, "password.json") }

    /// The code that whoever sets the first password must know; nil when there is a password. It is for the terminal
    /// alone.
    public var setupCode: String? { code.withLock(\.self) }

    /// Writes down who is signed in, before the process ends.
    public func save() { sessions.save() }

    // MARK: Who it is

    func visitor(of request: Request) -> Visitor? { session(of: request)?.session.visitor }

    /// SECURITY: where people are listed, an owner is let in whose subject is listed, or a name under which they
    /// entered last. The accounts of the installation itself are nobody's.
    func admits(owner: String) -> Bool {
        guard case .openID(let settings) = mode, owner != VaultName.default, !settings.users.isEmpty else {
            return true
        }
        return listedOwners.contains(owner) || settings.admits(people.names(of: owner))
    }

    /// SECURITY: on what sessions stand: the password, or the provider with those who may enter. Whoever is named there no
    /// longer, or signed in with another password, is out, also after a restart.
    private static func ground(_ mode: Mode, _ passwordPath: String) -> String {
        func list(_ names: Set<String>) -> JSON { .array(names.sorted().map { .string($0) }) }
        let ground: JSON =
            switch mode {
            case .password: .string(Hex.encode((try? Files.read(passwordPath, limit: 65_536)) ?? []))
            case .openID(let settings):
                [
                    .string(settings.issuer), .string(settings.clientID), list(settings.users),
                    list(settings.administrators),
                ]
            }
        return Hex.encode(Crypto.sha256(ground.encoded()))
    }

    /// Whether the session with this digest goes on.
    func isLive(_ digest: String) -> Bool {
        forgetOldPassword()
        return sessions.isLive(digest, at: clock.now)
    }

    /// The session of the browser that sent a request.
    func session(of request: Request) -> (digest: String, session: SessionBook.Session)? {
        forgetOldPassword()
        guard let token = request.cookies[cookie.name] else { return nil }
        return sessions.session(token, at: clock.now)
    }

    /// What a browser without a session gets instead of a page: the way to the sign-in; instead of data, 401. Nil for one
    /// that has a session.
    public func gate(_ request: Request) -> Response? {
        if visitor(of: request) != nil { return nil }
        if request.path.hasPrefix("/api/") { return Problem.notSignedIn.response }
        let up = String(repeating: "../", count: max(0, request.path.utf8.count { $0 == UInt8(ascii: "/") } - 1))
        let wanted = request.path + (request.query.isEmpty ? "" : "?" + request.query)
        let next = wanted == "/" || NextPath(wanted) == nil ? "" : "?next=" + Encoding.percent(wanted)
        var response = Response.seeOther("\(up.isEmpty ? "./" : up)sign-in/\(next)")
        response.headers["Cache-Control"] = "no-store"
        return response
    }

    // MARK: The password

    /// How an attempt ended.
    enum Attempt: Sendable, Equatable {
        case right
        case wrong
        /// Ask again after so many seconds.
        case wait(Int)
    }

    /// Looks whether it is the password. It takes a while, on a thread of its own.
    func check(_ password: String, client: String) async -> Attempt {
        let before = Files.stamp(of: passwordPath)
        let outcome = await attempt(client) { [passwordPath] in
            ((try? StoredPassword.read(passwordPath)) ?? nil)?.matches(password) == true
        }
        // SECURITY: one that was replaced while it was looked at is the old one.
        return outcome == .right && Files.stamp(of: passwordPath) != before ? .wrong : outcome
    }

    /// Sets the first password, for whoever knows the code.
    func setUp(_ password: String, code given: String, client: String) async -> Attempt {
        await attempt(client) { [self] in
            guard let held = takeCode(given) else { return false }
            do {
                guard try !Files.exists(passwordPath) else { return false }
                try StoredPassword(password).write(passwordPath)
                return true
            } catch {
                code.withLock { $0 = held }
                return false
            }
        }
    }

    /// SECURITY: whoever has the code takes it: of two at once, one sets the password.
    private func takeCode(_ given: String) -> String? {
        let typed = given.uppercased().filter { $0.isLetter || $0.isNumber }
        return code.withLock { code in
            guard let held = code,
                Crypto.equalInConstantTime(Array(typed.utf8), held.utf8.filter { $0 != UInt8(ascii: "-") })
            else { return nil }
            code = nil
            return held
        }
    }

    private func attempt(_ client: String, _ test: @escaping @Sendable () -> Bool) async -> Attempt {
        let wait = limiter.attempt(client, at: clock.now)
        if wait > 0 { return .wait(wait) }
        guard hashing.add(1, ordering: .relaxed).newValue <= 2 else {
            hashing.subtract(1, ordering: .relaxed)
            return .wait(1)
        }
        let isRight = await withCheckedContinuation { continuation in
            do {
                try BlockingThread.start { continuation.resume(returning: test()) }
            } catch {
                continuation.resume(returning: false)
            }
        }
        hashing.subtract(1, ordering: .relaxed)
        if isRight { limiter.succeed(client) } else { limiter.fail(client, at: clock.now) }
        forgetOldPassword()
        return isRight ? .right : .wrong
    }

    /// Begins a session: the value of its cookie.
    func enter(_ visitor: Visitor) async throws(Problem) -> String { try await sessions.begin(visitor, at: clock.now) }

    /// Ends the session of a request, or all of that person.
    ///
    /// - Returns: the digests of those that ended.
    func leave(_ request: Request, everywhere: Bool) async -> Set<String> {
        guard let (digest, session) = session(of: request) else { return [] }
        return await sessions.end { $0 == digest || everywhere && $1.visitor.owner == session.visitor.owner }
    }

    /// SECURITY: another password ends every session, also when `latchkey passwd` has set it.
    private func forgetOldPassword() {
        guard mode == .password else { return }
        let now = Files.stamp(of: passwordPath)
        let isOther = stamp.withLock { known in
            defer { known = now }
            return known != now
        }
        guard isOther, now != nil else { return }
        code.withLock { $0 = nil }
        sessions.move(to: Self.ground(mode, passwordPath))
    }
}
