internal import Glibc

/// The `latchkey` binary that was just built, running.
public final class RunningLatchkey: Sendable {
    /// The process.
    public let process: ProcessHandle
    /// The address that it printed, without a slash at the end.
    public let url: String

    /// It did not print an address.
    public struct Failure: Error, Equatable, CustomStringConvertible {
        /// A sentence with what it printed instead.
        public let description: String
    }

    /// The absolute path of the binary: it lies beside the program of the tests.
    public static var binary: String {
        var buffer = [CChar](repeating: 0, count: 4096)
        let count = readlink("/proc/self/exe", &buffer, buffer.count)
        let path = String(decoding: buffer.prefix(max(0, count)).map(UInt8.init(bitPattern:)), as: UTF8.self)
        return path.split(separator: "/").dropLast().map { "/" + $0 }.joined() + "/latchkey"
    }

    /// Starts it with these arguments and waits until it prints an address on standard output.
    public init(
        _ arguments: [String], environment: [String: String] = ProcessHandle.environment(), folder: String? = nil,
        binary: String = RunningLatchkey.binary, within limit: Duration = .patience
    ) async throws {
        process = try ProcessHandle(binary, arguments, environment: environment, folder: folder)
        guard let line = await process.output.line(within: limit, where: { Self.address(in: $0) != nil }),
            let address = Self.address(in: line)
        else {
            process.kill()
            _ = await process.errors.waitForEnd()
            let said = process.output.text + process.errors.text
            throw Failure(description: "latchkey \(arguments.joined(separator: " ")) printed no address, but:\n\(said)")
        }
        url = address
    }

    /// The first address of the web in a line, without a slash at the end.
    static func address(in line: String) -> String? {
        let words = line.split { " \t\"'<>()\u{1B}".contains($0) }
        guard let word = words.first(where: { $0.hasPrefix("http://") || $0.hasPrefix("https://") }) else { return nil }
        return String(word.hasSuffix("/") ? word.dropLast() : word)
    }
}
