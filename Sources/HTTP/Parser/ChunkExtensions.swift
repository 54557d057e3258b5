/// Checks what follows the size of a chunk, byte by byte (RFC 9112 section 7.1.1):
/// `*( BWS ";" BWS name [ BWS "=" BWS ( token / quoted-string ) ] )`.
///
/// No extension means anything here, but a line that another program reads differently must not pass.
struct ChunkExtensions {
    private enum State { case blank, nameStart, name, afterName, valueStart, token, quoted, escaped, closed }

    private var state = State.blank

    /// Whether this byte after a size belongs to extensions.
    static func begins(with byte: UInt8) -> Bool { byte == UInt8(ascii: ";") || isBlank(byte) }

    /// Whether the line may end here.
    var canEnd: Bool { state == .name || state == .token || state == .closed }

    /// Takes the next byte; false when the grammar does not have it here.
    mutating func accept(_ byte: UInt8) -> Bool {
        guard let next = next(byte) else { return false }
        state = next
        return true
    }

    private func next(_ byte: UInt8) -> State? {
        switch state {
        case .blank: Self.isBlank(byte) ? .blank : separator(byte)
        case .nameStart: Self.isBlank(byte) ? .nameStart : Bytes.isToken(byte) ? .name : nil
        case .name: Bytes.isToken(byte) ? .name : Self.isBlank(byte) ? .afterName : equals(byte)
        case .afterName: Self.isBlank(byte) ? .afterName : equals(byte)
        case .valueStart:
            Self.isBlank(byte) ? .valueStart : byte == UInt8(ascii: "\"") ? .quoted : Bytes.isToken(byte) ? .token : nil
        case .token: Bytes.isToken(byte) ? .token : Self.isBlank(byte) ? .blank : separator(byte)
        case .quoted: quoted(byte)
        case .escaped: Bytes.isFieldValue(byte) ? .quoted : nil
        case .closed: Self.isBlank(byte) ? .blank : separator(byte)
        }
    }

    private func separator(_ byte: UInt8) -> State? { byte == UInt8(ascii: ";") ? .nameStart : nil }

    private func equals(_ byte: UInt8) -> State? { byte == UInt8(ascii: "=") ? .valueStart : separator(byte) }

    private func quoted(_ byte: UInt8) -> State? {
        switch byte {
        case UInt8(ascii: "\""): .closed
        case UInt8(ascii: "\\"): .escaped
        default: Bytes.isFieldValue(byte) ? .quoted : nil
        }
    }

    private static func isBlank(_ byte: UInt8) -> Bool { byte == Bytes.space || byte == Bytes.tab }
}
