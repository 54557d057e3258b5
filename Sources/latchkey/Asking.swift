import Glibc
import Synchronization

/// Questions to whoever sits at the terminal. Without a terminal the answers are lines of standard input.
enum Asking {
    /// Whether somebody can be asked.
    static var isPossible: Bool { isatty(STDIN_FILENO) == 1 }

    /// How the terminal was.
    private static let before = Mutex(termios())

    /// An answer that is not shown while it is typed.
    ///
    /// - Parameter what: what is wanted, for the message that there is none.
    static func secret(_ question: String, what: String) throws(Failure) -> String {
        guard isPossible else { return try line(what) }
        var before = termios()
        tcgetattr(STDIN_FILENO, &before)
        var quiet = before
        quiet.c_lflag &= ~tcflag_t(ECHO)
        // Whoever gives up with Ctrl-C gets a terminal back that shows what is typed.
        Self.before.withLock { $0 = before }
        signal(SIGINT) { _ in
            var before = Asking.before.withLock(\.self)
            tcsetattr(STDIN_FILENO, TCSANOW, &before)
            _exit(130)
        }
        tcsetattr(STDIN_FILENO, TCSAFLUSH, &quiet)
        defer {
            tcsetattr(STDIN_FILENO, TCSAFLUSH, &before)
            signal(SIGINT, SIG_DFL)
            Terminal.ask("\n")
        }
        Terminal.ask(question)
        return try line(what)
    }

    /// An answer that is shown while it is typed.
    static func plain(_ question: String, what: String) throws(Failure) -> String {
        if isPossible { Terminal.ask(question) }
        return try line(what)
    }

    private static func line(_ what: String) throws(Failure) -> String {
        guard let line = readLine(strippingNewline: true) else {
            throw .usage("there is no \(what) on standard input")
        }
        return line
    }
}
