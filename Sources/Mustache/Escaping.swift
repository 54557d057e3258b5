extension String {
    /// The text as `{{name}}` shows it: fit for HTML between tags and for quoted attributes.
    public var escapedForHTML: String {
        var output = Output(reserving: utf8.count)
        defer { output.free() }
        output.append(escaping: self)
        return String(decoding: output.array, as: UTF8.self)
    }
}

extension Output {
    /// Appends text with the five characters that mean something in HTML replaced, so that it stays text between
    /// tags and in quoted attributes.
    mutating func append(escaping text: String) {
        var text = text
        text.withUTF8 { bytes in
            guard let start = bytes.baseAddress else { return }
            var rest = 0
            while let found = bytes.special(from: rest) {
                append(start + rest, found &- rest)
                append(bytes[found].htmlEscape)
                rest = found &+ 1
            }
            append(start + rest, bytes.count &- rest)
        }
    }

    /// Appends text as it is.
    mutating func append(verbatim text: String) {
        var text = text
        text.withUTF8 { append($0) }
    }

    private mutating func append(_ text: StaticString) {
        append(text.utf8Start, text.utf8CodeUnitCount)
    }
}

extension UnsafeBufferPointer<UInt8> {
    /// The index of the next character that must be replaced.
    @inline(__always)
    fileprivate func special(from start: Int) -> Int? {
        var index = start
        // Eight bytes at once: most text has nothing to replace.
        while index &+ 8 <= count {
            let word = UnsafeRawPointer(baseAddress.unsafelyUnwrapped + index).loadUnaligned(as: UInt64.self)
            let found = UInt64(littleEndian: word).specialBytes
            if found != 0 { return index &+ found.trailingZeroBitCount &>> 3 }
            index &+= 8
        }
        while index < count {
            if self[index].isSpecial { return index }
            index &+= 1
        }
        return nil
    }
}

extension UInt64 {
    /// The high bit of each byte that must be replaced. Bytes above the lowest of them may be marked wrongly.
    @inline(__always)
    fileprivate var specialBytes: UInt64 {
        let ones: UInt64 = 0x0101_0101_0101_0101
        // `&` and `'` differ in one bit, and so do `<` and `>`.
        let first = (self | ones) ^ (ones &* 0x27)
        let second = (self | (ones &* 0x02)) ^ (ones &* 0x3E)
        let third = self ^ (ones &* 0x22)
        // A byte that has become zero borrows from its high bit.
        let zeros = ((first &- ones) & ~first) | ((second &- ones) & ~second) | ((third &- ones) & ~third)
        return zeros & (ones &* 0x80)
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
