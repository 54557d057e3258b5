public import Glibc

/// What the operating system said about a file, as a sentence.
public struct FileError: Error, Equatable, Sendable, CustomStringConvertible {
    /// What was tried: `write`, `read`.
    public let action: String
    /// The file or folder.
    public let path: String
    /// The error number of the system call (`errno`).
    public let code: Int32

    /// An error of the last system call.
    public init(_ action: String, _ path: String, code: Int32 = errno) {
        self.action = action
        self.path = path
        self.code = code
    }

    /// For example `cannot write '/data/vault.json': No space left on device`.
    public var description: String {
        "cannot \(action) '\(path)': \(String(cString: strerror(code)))"
    }

    /// Whether something is there already that was to be made.
    public var isThere: Bool { code == EEXIST }
}
