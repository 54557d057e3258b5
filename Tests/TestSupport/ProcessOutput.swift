internal import Glibc

/// What a process writes to one of its streams, line by line, as it comes.
public final class ProcessOutput: Sendable {
    private struct Content: Sendable {
        var lines: [String] = []
        var rest: [UInt8] = []
        var isComplete = false
    }

    private let content = ProcessWaiting(Content())

    /// Reads from a file descriptor until its end, on a thread of its own, and closes it.
    init(descriptor: Int32) {
        let content = content
        startThread {
            var buffer = [UInt8](repeating: 0, count: 65536)
            while true {
                let count = read(descriptor, &buffer, buffer.count)
                if count < 0 && errno == EINTR { continue }
                if count <= 0 { break }
                content.change { Self.add(buffer.prefix(count), to: &$0) }
            }
            close(descriptor)
            content.change {
                if !$0.rest.isEmpty { $0.lines.append(String(decoding: $0.rest, as: UTF8.self)) }
                $0.rest = []
                $0.isComplete = true
            }
        }
    }

    private static func add(_ bytes: ArraySlice<UInt8>, to content: inout Content) {
        for byte in bytes {
            if byte == UInt8(ascii: "\n") {
                content.lines.append(String(decoding: content.rest, as: UTF8.self))
                content.rest = []
            } else {
                content.rest.append(byte)
            }
        }
    }

    /// The lines so far.
    public var lines: [String] { content.state.lines }

    /// Everything so far as one text.
    public var text: String { lines.map { $0 + "\n" }.joined() }

    /// The first line that is as wished, as soon as it is there; `nil` when the stream or the time ends before.
    public func line(within limit: Duration = .patience, where fits: @escaping @Sendable (String) -> Bool) async
        -> String?
    {
        _ = await content.wait(limit) { $0.isComplete || $0.lines.contains(where: fits) }
        return content.state.lines.first(where: fits)
    }

    /// Waits until the process has closed the stream; false when the time ends before.
    public func waitForEnd(within limit: Duration = .patience) async -> Bool {
        await content.wait(limit) { $0.isComplete }
    }
}
