import Companion
import Files
import Glibc
import Providers
import QRCode

/// `latchkey link`: connects an account from a terminal.
enum LinkAccount: Verb {
    static let name = "link"
    static let summary = "connect an account from a terminal, over SSH, too: with a code, an address, or its keys"
    static let arguments = "PROVIDER"
    static let options = [method, newKeys] + AccountCommand.options

    static let method = Option(
        name: "method", value: "METHOD", isForOneCall: true,
        help: "how: device, redirect, key … (the provider's first)")
    private static let newKeys = Option(
        name: "new-keys", value: nil, isForOneCall: true, help: "ask for the app keys, also when some are saved")

    static func run(_ settings: Settings) async throws {
        guard settings.arguments.count <= 1 else { throw Failure.usage("link takes one provider") }
        let command = try AccountCommand(settings)
        let (accounts, provider) = (command.accounts, try command.provider())
        let id = try command.id(provider)
        let method = try chosen(settings[method], of: provider)
        let keys = try await enterKeys(method, id, command, again: settings.has(newKeys))
        let entered = try enterOnce(method, provider).merging(keys) { once, _ in once }
        accounts.audit(.connectAsked, id, by: "latchkey link")
        try await connect(provider, method, id, accounts, entered, mayOffer: true)
        let name = await accounts.name(id).map { " as \($0)" } ?? ""
        try await command.finish(id)
        Terminal.say("\(provider.label) is connected\(name).")
    }

    /// Begins the sign-in, shows what there is to do, and waits until it has been done.
    ///
    /// - Parameter mayOffer: whether keys may be kept although they could not be checked.
    static func connect(
        _ provider: Provider, _ method: SignInMethod, _ id: Accounts.ID, _ accounts: Accounts,
        _ entered: [String: String], mayOffer: Bool = false
    ) async throws {
        let invitation: Accounts.Invitation
        do throws(Problem) {
            invitation = try await accounts.begin(method, id, entered: entered)
        } catch {
            let failure = Failure(error)
            let isOff = error.code == FlowStatus.unreachable.rawValue
            guard mayOffer, isOff, provider.canBeUnchecked(method), try isWanted(failure) else { throw failure }
            return try await keepUnchecked(method, id, accounts, entered)
        }
        switch invitation {
        case .none: break
        case .approval(let approval): try await wait(approval, provider, id, accounts)
        case .redirect(let redirect): try await bringBack(redirect, provider, id, accounts)
        }
    }

    /// Asks whether keys shall be kept although the service does not answer.
    private static func isWanted(_ failure: Failure) throws(Failure) -> Bool {
        guard Asking.isPossible else { return false }
        Terminal.complain("latchkey: " + failure.message)
        let answer = try Asking.plain("Save without checking? [y/N] ", what: "answer")
        return ["y", "yes"].contains(answer.lowercased())
    }

    private static func keepUnchecked(
        _ method: SignInMethod, _ id: Accounts.ID, _ accounts: Accounts, _ entered: [String: String]
    ) async throws {
        _ = try await Failure.catching { () throws(Problem) in
            try await accounts.begin(method, id, entered: entered, mayBeUnchecked: true)
        }
        Terminal.complain("Saved without being checked. It is checked as soon as the service answers")
    }

    static func chosen(_ id: String?, of provider: Provider) throws(Failure) -> SignInMethod {
        guard let method = provider.method(id) else {
            let known = provider.methods.map(\.id).joined(separator: ", ")
            throw .usage("--method '\(id ?? "")': \(provider.label) has \(known.isEmpty ? "none" : known)")
        }
        return method
    }

    // MARK: App keys

    /// Asks for what the method needs and nobody has entered yet.
    ///
    /// - Returns: what the provider has to check before it is saved. The keys of an app are saved already.
    static func enterKeys(
        _ method: SignInMethod, _ id: Accounts.ID, _ command: AccountCommand, again: Bool
    ) async throws -> [String: String] {
        let accounts = command.accounts
        let missing = try await Failure.catching { () throws(Problem) in try await accounts.missing(method, id) }
        guard again || !missing.isEmpty, let provider = accounts.catalogue[id.provider] else { return [:] }
        if let console = provider.console { Terminal.complain("\(provider.label) gives the keys at \(console)") }
        if let address = redirectAddress(method, provider, command) {
            Terminal.complain("The app's redirect URL there is \(address)")
        }
        var values: [String: String] = [:]
        for field in provider.keptFields
        where provider.methods(for: field).contains(method)
            && (again || missing.contains(field) || isOptional(field, method, provider))
        {
            values[field.key] = try ask(field, isNeeded: method.needs.contains(field.key), method)
        }
        let entered = values
        if method.kind == .key { return entered }
        let emptied = try await Failure.catching { () throws(Problem) in try await accounts.enter(entered, id) }
        for field in emptied {
            Terminal.complain("The saved \(field.label) belonged to another address, and is removed")
        }
        return [:]
    }

    /// Whether it is one that somebody may want to fill in; how certificates are checked is for `--new-keys`.
    private static func isOptional(_ field: Field, _ method: SignInMethod, _ provider: Provider) -> Bool {
        let isOfInstance = provider.instance != nil
        return !method.needs.contains(field.key) && !isOfInstance
    }

    /// Asks for what is used once and not stored.
    static func enterOnce(_ method: SignInMethod, _ provider: Provider) throws(Failure) -> [String: String] {
        var values: [String: String] = [:]
        for field in provider.enteredOnce(method) {
            let isNeeded = method.needs.contains(field.key)
            // A password may be empty, and still somebody has to be asked.
            let question = "\(field.label)\(isNeeded ? "" : " (may be empty)"): "
            let typed =
                try field.isSecret
                ? Asking.secret(question, what: field.label) : Asking.plain(question, what: field.label)
            guard !typed.isEmpty || !isNeeded else { throw .input("\(field.label) is needed") }
            values[field.key] = typed.isEmpty ? nil : typed
        }
        return values
    }

    private static func redirectAddress(
        _ method: SignInMethod, _ provider: Provider, _ command: AccountCommand
    ) -> String? {
        if method.kind == .redirect { return Companion.redirectAddress(provider.name, publicURL: command.publicURL) }
        return method.kind == .device ? provider.oob : nil
    }

    /// SECURITY: what is a secret is not shown while it is typed; where the keys are the credentials, all of them are.
    private static func ask(_ field: Field, isNeeded: Bool, _ method: SignInMethod) throws(Failure) -> String? {
        // Nobody is there who could leave it empty.
        if !isNeeded, !Asking.isPossible { return nil }
        let question = "\(field.label)\(isNeeded ? "" : " (optional)"): "
        let isHidden = field.isSecret || method.kind == .key && field.kind != .url
        let typed =
            try isHidden ? Asking.secret(question, what: field.label) : Asking.plain(question, what: field.label)
        let text = String(typed.drop(while: \.isWhitespace).reversed().drop(while: \.isWhitespace).reversed())
        guard !text.isEmpty || !isNeeded else { throw .input("\(field.label) is needed") }
        return text.isEmpty ? nil : text
    }

    // MARK: Approval

    private static func wait(
        _ approval: Accounts.Approval, _ provider: Provider, _ id: Accounts.ID, _ accounts: Accounts
    ) async throws {
        // Before anybody is told of Ctrl-C.
        let giveUp = try self.giveUp(id, accounts) {}
        defer { giveUp.cancel() }
        show(approval)
        do throws(Problem) {
            try await accounts.wait(id) { Terminal.complain("\($0.message) \($0.hint)") }
        } catch {
            let failure = Failure(error)
            guard error.code == FlowStatus.cancelled.rawValue else { throw failure }
            // It is told as ended before it is forgotten on the disk.
            await giveUp.value
            Terminal.complain("latchkey: " + failure.message)
            exit(130)
        }
    }

    /// Ends the sign-in when somebody presses Ctrl-C, then does what is left to do.
    private static func giveUp(
        _ id: Accounts.ID, _ accounts: Accounts, _ then: @escaping @Sendable () -> Void
    ) throws(Failure) -> Task<Void, Never> {
        let signals = try Signals()
        return Task {
            for await wish in signals.wishes where wish == .stop {
                await accounts.cancel(id)
                return then()
            }
        }
    }

    private static func show(_ approval: Accounts.Approval) {
        let direct = approval.complete ?? approval.url
        Terminal.say(approval.code.isEmpty ? "Open \(direct)" : "Open \(approval.url) and enter the code")
        if !approval.code.isEmpty { Terminal.say("\n    \(approval.code)\n") }
        showCode(direct)
        let minutes = max(1, (approval.seconds + 59) / 60)
        Terminal.say("Waiting for your approval, for \(minutes) minute\(minutes == 1 ? "" : "s"). Ctrl-C gives up.")
    }

    /// The address for a telephone's camera, where there is a terminal that has room for it.
    private static func showCode(_ address: String) {
        var window = winsize()
        guard isatty(STDOUT_FILENO) == 1, let code = try? QRCode(Array(address.utf8)) else { return }
        let environment = Environment.all
        let isPlain = environment["NO_COLOR"]?.isEmpty == false || environment["TERM"] == "dumb"
        let lines = code.terminalLines(isColoured: !isPlain)
        let isKnown = ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &window) == 0 && window.ws_col > 0
        if isKnown, Int(window.ws_col) < code.size + 8 { return }
        for line in lines { Terminal.say(line) }
        Terminal.say("")
    }

    // MARK: Redirect

    private static func bringBack(
        _ redirect: Accounts.Redirect, _ provider: Provider, _ id: Accounts.ID, _ accounts: Accounts
    ) async throws {
        Terminal.say("Open this address in any browser, and allow Latchkey at \(provider.label):\n")
        Terminal.say(redirect.url + "\n")
        Terminal.say("The page that it ends on begins with \(redirect.redirectURI)")
        Terminal.say("Whatever it shows, copy its whole address from the address bar.")
        let giveUp = try giveUp(id, accounts) { exit(130) }
        while try await !take(redirect, id, accounts) {}
        giveUp.cancel()
        try await Failure.catching { () throws(Problem) in
            try await accounts.wait(id) { Terminal.complain("\($0.message) \($0.hint)") }
        }
    }

    /// - Returns: whether it was the right address; else another one may be typed.
    private static func take(
        _ redirect: Accounts.Redirect, _ id: Accounts.ID, _ accounts: Accounts
    ) async throws(Failure) -> Bool {
        let address = try await typedAddress()
        do throws(Problem) {
            try await accounts.comeBack(to: address, redirect, id)
            return true
        } catch {
            guard Asking.isPossible, error.status == 422 else { throw Failure(error) }
            Terminal.complain("\(error.message) \(error.hint)")
            return false
        }
    }

    /// Typed on a thread that may wait, for signals are to be heard meanwhile.
    private static func typedAddress() async throws(Failure) -> String {
        let typed: Result<String, Failure>
        do throws(BlockingThread.Failure) {
            typed = try await BlockingThread.run {
                do throws(Failure) {
                    return .success(try Asking.plain("The address: ", what: "address"))
                } catch {
                    return .failure(error)
                }
            }
        } catch {
            throw .environment("cannot start a thread: \(String(cString: strerror(error.code)))")
        }
        return try typed.get()
    }
}
