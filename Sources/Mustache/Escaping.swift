extension [UInt8] {
    /// Appends text with the five characters that mean something in HTML replaced, so that it stays text between
    /// tags and in quoted attributes.
    mutating func append(escaping text: String) {
        var text = text
        text.withUTF8 { bytes in
            var start = 0
            for index in bytes.indices {
                guard let replacement = bytes[index].htmlEscape else { continue }
                append(contentsOf: UnsafeBufferPointer(rebasing: bytes[start..<index]))
                replacement.withUTF8Buffer { append(contentsOf: $0) }
                start = index + 1
            }
            append(contentsOf: UnsafeBufferPointer(rebasing: bytes[start...]))
        }
    }
}

extension UInt8 {
    /// What stands for this byte in HTML, when it cannot stand for itself.
    fileprivate var htmlEscape: StaticString? {
        switch self {
        case UInt8(ascii: "&"): "&amp;"
        case UInt8(ascii: "<"): "&lt;"
        case UInt8(ascii: ">"): "&gt;"
        case UInt8(ascii: "\""): "&quot;"
        case UInt8(ascii: "'"): "&#39;"
        default: nil
        }
    }
}
