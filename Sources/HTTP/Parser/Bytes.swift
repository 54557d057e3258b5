/// The classes of bytes of RFC 9110 section 5 and RFC 3986, and comparisons on raw bytes.
enum Bytes {
    static let tab: UInt8 = 0x09
    static let lineFeed: UInt8 = 0x0A
    static let carriageReturn: UInt8 = 0x0D
    static let space: UInt8 = 0x20
    static let colon = UInt8(ascii: ":")
    static let slash = UInt8(ascii: "/")
    static let percent = UInt8(ascii: "%")

    /// `tchar`: what names of methods and fields are made of.
    @inline(__always)
    static func isToken(_ byte: UInt8) -> Bool {
        contains(byte, low: 0x03FF_6CFA_0000_0000, high: 0x57FF_FFFF_C7FF_FFFE)
    }

    /// What a field value is made of: visible characters, space, tab and `obs-text`; no other control.
    @inline(__always)
    static func isFieldValue(_ byte: UInt8) -> Bool {
        byte >= 0x20 && byte != 0x7F || byte == tab
    }

    /// What a request target may have at all: visible ASCII.
    @inline(__always)
    static func isVisible(_ byte: UInt8) -> Bool {
        byte > 0x20 && byte < 0x7F
    }

    /// `pchar` without the escape, and `/` (RFC 3986 section 3.3).
    @inline(__always)
    static func isPath(_ byte: UInt8) -> Bool {
        contains(byte, low: 0x2FFF_FFD2_0000_0000, high: 0x47FF_FFFE_87FF_FFFF)
    }

    /// What a query may have: all that browsers leave as it is, and so every visible character but `"`, `#`, `<`, `>`.
    static func isQuery(_ byte: UInt8) -> Bool {
        isVisible(byte)
            && ![UInt8(ascii: "\""), UInt8(ascii: "#"), UInt8(ascii: "<"), UInt8(ascii: ">")].contains(byte)
    }

    static func isDigit(_ byte: UInt8) -> Bool { byte >= 0x30 && byte <= 0x39 }

    static func isLetterOrDigit(_ byte: UInt8) -> Bool {
        isDigit(byte) || (byte | 0x20 >= 0x61 && byte | 0x20 <= 0x7A)
    }

    /// The value of a hexadecimal digit.
    static func hexValue(_ byte: UInt8) -> UInt8? {
        switch byte {
        case 0x30...0x39: byte &- 0x30
        case 0x41...0x46: byte &- 0x37
        case 0x61...0x66: byte &- 0x57
        default: nil
        }
    }

    /// ASCII lower case.
    @inline(__always)
    static func lowered(_ byte: UInt8) -> UInt8 {
        byte >= 0x41 && byte <= 0x5A ? byte | 0x20 : byte
    }

    /// Whether a range of bytes is `text` (in lower case) when case does not count.
    @inline(__always)
    static func equal(_ bytes: Span<UInt8>, _ piece: Piece, _ text: StaticString) -> Bool {
        guard piece.count == text.utf8CodeUnitCount else { return false }
        return text.withUTF8Buffer { expected in
            for offset in 0..<expected.count where lowered(bytes[piece.start &+ offset]) != expected[offset] {
                return false
            }
            return true
        }
    }

    @inline(__always)
    private static func contains(_ byte: UInt8, low: UInt64, high: UInt64) -> Bool {
        guard byte < 0x80 else { return false }
        return (byte < 0x40 ? low &>> UInt64(byte) : high &>> UInt64(byte &- 0x40)) & 1 == 1
    }
}

/// A range of bytes of a message head, kept small because every connection has some.
struct Piece: Equatable {
    private var from: Int32
    private var length: Int32

    /// The bytes from `start` up to and without `end`.
    @inline(__always)
    init(_ start: Int, _ end: Int) {
        from = Int32(truncatingIfNeeded: start)
        length = Int32(truncatingIfNeeded: end &- start)
    }

    static let none = Piece(0, 0)

    @inline(__always) var start: Int { Int(from) }
    @inline(__always) var end: Int { Int(from) &+ Int(length) }
    @inline(__always) var count: Int { Int(length) }
    @inline(__always) var isEmpty: Bool { length == 0 }
    @inline(__always) var range: Range<Int> { start..<max(start, end) }
}

extension Span<UInt8> {
    /// The text of a piece; what is not UTF-8 is replaced.
    func string(_ piece: Piece) -> String {
        extracting(piece.range).withUnsafeBufferPointer { String(decoding: $0, as: UTF8.self) }
    }

    /// The bytes of a piece.
    func array(_ piece: Piece) -> [UInt8] {
        extracting(piece.range).withUnsafeBufferPointer { Array($0) }
    }
}
