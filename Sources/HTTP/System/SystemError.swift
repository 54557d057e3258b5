internal import Glibc

/// A system call that failed: which one, and why.
struct SystemError: Error, Equatable, CustomStringConvertible {
    /// The C function.
    let function: String
    /// `errno` after the call.
    let code: Int32

    /// The failure of `function`, with the `errno` of this thread.
    static func last(_ function: String) -> SystemError {
        SystemError(function: function, code: errno)
    }

    /// For people: "bind: Address already in use".
    var description: String { "\(function): \(String(cString: strerror(code)))" }
}

/// Calls until the result is not an interruption (`EINTR`).
@inline(__always)
func retrying<Result: SignedInteger>(_ call: () -> Result) -> Result {
    while true {
        let result = call()
        if result != -1 || errno != EINTR { return result }
    }
}

extension SystemError {
    /// Whether somebody else has the address.
    var isAddressInUse: Bool { code == EADDRINUSE }
}
