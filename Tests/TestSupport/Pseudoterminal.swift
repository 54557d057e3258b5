internal import Glibc

/// A program at a terminal of its own, with somebody who reads and types.
public final class Pseudoterminal: Sendable {
    /// The program.
    public let process: ProcessHandle
    private let controller: Int32
    private let shown = ProcessWaiting(Shown())

    private struct Shown: Sendable {
        var bytes: [UInt8] = []
        var isComplete = false

        var text: String { String(decoding: bytes.filter { $0 != UInt8(ascii: "\r") }, as: UTF8.self) }
    }

    /// There is no terminal to be had.
    public struct Failure: Error, Equatable {
        /// The error number.
        public let code: Int32
    }

    /// Starts a program by its absolute path. Its standard input is the terminal, and so is its standard error; standard
    /// output, too, unless it is wanted apart (`process.output`).
    public init(
        _ program: String, _ arguments: [String], environment: [String: String], outputApart: Bool = false
    ) throws {
        let (controller, name) = try Self.pair()
        self.controller = controller
        let terminal = open(name, O_RDWR | O_NOCTTY | O_CLOEXEC)
        guard terminal >= 0 else { throw Failure(code: errno) }
        defer { close(terminal) }
        let places = outputApart ? "<&3 2>&3 3>&-" : "<&3 >&3 2>&3 3>&-"
        process = try ProcessHandle(
            "/bin/sh", ["-c", "exec \"$0\" \"$@\" \(places)", program] + arguments, environment: environment,
            passing: [terminal])
        let shown = shown
        startThread { Self.read(controller, shown) }
    }

    /// A new terminal: the end of whoever sits at it, and the name of the other one (ioctl_tty(2); the functions of the C
    /// library for this are hidden from Swift).
    private static func pair() throws(Failure) -> (controller: Int32, name: String) {
        let (setLock, getNumber): (UInt, UInt) = (0x4004_5431, 0x8004_5430)
        let controller = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC)
        var (unlocked, number): (Int32, UInt32) = (0, 0)
        guard controller >= 0, ioctl(controller, setLock, &unlocked) == 0, ioctl(controller, getNumber, &number) == 0
        else { throw Failure(code: errno) }
        return (controller, "/dev/pts/\(number)")
    }

    private static func read(_ controller: Int32, _ shown: ProcessWaiting<Shown>) {
        var buffer = [UInt8](repeating: 0, count: 4096)
        while true {
            let count = Glibc.read(controller, &buffer, buffer.count)
            if count < 0, errno == EINTR { continue }
            // EIO: nobody has the terminal open any more.
            if count <= 0 { break }
            shown.change { $0.bytes += buffer.prefix(count) }
        }
        shown.change { $0.isComplete = true }
        close(controller)
    }

    /// Everything that the terminal shows so far, with plain line breaks.
    public var text: String { shown.state.text }

    /// Waits until the terminal shows a text; false when the program or the time ends before.
    public func wait(for text: String, within limit: Duration = .patience) async -> Bool {
        _ = await shown.wait(limit) { $0.isComplete || $0.text.contains(text) }
        return self.text.contains(text)
    }

    /// Types a line.
    public func type(_ line: String) {
        let bytes = Array((line + "\n").utf8)
        _ = write(controller, bytes, bytes.count)
    }

    /// Waits until the program has ended, and gives how; nil when the time ends before.
    public func waitForEnd(within limit: Duration = .patience) async -> ProcessHandle.End? {
        let end = await process.waitForEnd(within: limit)
        _ = await shown.wait(.seconds(10)) { $0.isComplete }
        return end
    }
}
