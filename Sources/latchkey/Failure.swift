/// Why a command ends without having done its work. Goes to standard error.
struct Failure: Error, Equatable {
    /// The exit code.
    enum Code: Int32 {
        /// What was given has problems.
        case input = 1
        /// The command line was not understood.
        case usage = 2
        /// The machine does not allow it: a port is taken, a disk is full.
        case environment = 3
    }

    let code: Code
    let message: String

    static func input(_ message: String) -> Failure { Failure(code: .input, message: message) }
    static func usage(_ message: String) -> Failure { Failure(code: .usage, message: message) }
    static func environment(_ message: String) -> Failure { Failure(code: .environment, message: message) }
}
