extension [UInt8] {
    /// Appends text with the five characters that mean something in HTML replaced, so that it stays text between
    /// tags and in quoted attributes.
    mutating func append(escaping text: String) {
        var text = text
        text.withUTF8 { bytes in
            var start = 0
            for index in bytes.indices where bytes[index].isSpecial {
                append(contentsOf: UnsafeBufferPointer(rebasing: bytes[start..<index]))
                bytes[index].htmlEscape.withUTF8Buffer { append(contentsOf: $0) }
                start = index + 1
            }
            append(contentsOf: UnsafeBufferPointer(rebasing: bytes[start...]))
        }
    }

    /// Appends text as it is.
    mutating func append(verbatim text: String) {
        var text = text
        text.withUTF8 { append(contentsOf: $0) }
    }
}

extension UInt8 {
    /// `&`, `<`, `>`, `"` or `'`: each is less than 64, so one word tells them from all others.
    fileprivate var isSpecial: Bool {
        self < 64 && Self.special >> UInt64(self) & 1 == 1
    }

    private static let special: UInt64 = 1 << 0x22 | 1 << 0x26 | 1 << 0x27 | 1 << 0x3C | 1 << 0x3E

    /// What stands for this byte in HTML.
    fileprivate var htmlEscape: StaticString {
        switch self {
        case UInt8(ascii: "&"): "&amp;"
        case UInt8(ascii: "<"): "&lt;"
        case UInt8(ascii: ">"): "&gt;"
        case UInt8(ascii: "\""): "&quot;"
        default: "&#39;"
        }
    }
}
