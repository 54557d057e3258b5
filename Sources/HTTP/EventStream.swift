/// A stream of server-sent events to one client (WHATWG HTML, "Server-sent events").
public final class EventStream: Sendable {
    private let onClose: @Sendable () -> Void

    /// A stream; `onClose` runs once, when the client is gone or the stream is closed.
    public init(onClose: @Sendable @escaping () -> Void = {}) {
        self.onClose = onClose
    }

    /// Sends one event; may be called from any thread.
    public func send(event: String?, data: String, id: String? = nil) {}

    /// Ends the stream.
    public func close() { onClose() }
}
