internal import Files
internal import Glibc

/// A new folder for one test; it is removed with all that is in it when the test is done.
public final class TemporaryFolder: Sendable {
    /// The absolute path of the folder.
    public let path: String

    /// Makes the folder.
    public init() throws {
        var template = Array("/tmp/latchkey-test-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw FileError("make the folder", "/tmp/latchkey-test-XXXXXX") }
        path = template.withUnsafeBufferPointer { buffer in
            String(decoding: buffer.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
        }
    }

    deinit { try? Files.remove(path) }

    /// The path of a name in the folder.
    public func callAsFunction(_ name: String) -> String { Files.join(path, name) }

    /// Writes a text file in the folder, and the folders that it needs.
    public func write(_ text: String, to name: String) throws {
        try Files.makeFolder(Files.parent(of: self(name)))
        try Files.write(Array(text.utf8), to: self(name))
    }

    /// The content of a file in the folder as text.
    public func text(of name: String) throws -> String {
        String(decoding: try Files.read(self(name)), as: UTF8.self)
    }
}
