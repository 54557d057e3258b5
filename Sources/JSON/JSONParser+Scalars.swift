internal import Diagnostics

/// Numbers and strings.
extension JSONParser {
    /// The number that a word is, by the grammar of the syntax; nil when it is none.
    func number(_ text: String) -> SourcedJSON.Value? {
        var digits = Substring(text)
        var negative = false
        if let sign = digits.first, sign == "-" || (sign == "+" && syntax == .json5) {
            negative = sign == "-"
            digits = digits.dropFirst()
        }
        if syntax == .json5, digits.hasPrefix("0x") || digits.hasPrefix("0X") {
            let hex = digits.dropFirst(2)
            guard hex.first?.isHexDigit == true, let number = Int(hex, radix: 16) else { return nil }
            return .int(negative ? -number : number)
        }
        guard isDecimal(digits) else { return nil }
        let sign = negative ? "-" : ""
        if digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let whole = Int(sign + digits) { return .int(whole) }
        guard let number = Double(sign + (digits.first == "." ? "0" : "") + digits), number.isFinite else { return nil }
        return .double(number)
    }

    /// RFC 8259 section 6: an integer part without leading zeros, then optionally a fraction and an exponent.
    /// JSON5 also allows `.5` and `5.`.
    private func isDecimal(_ text: Substring) -> Bool {
        let exponentParts = text.split(maxSplits: 1, omittingEmptySubsequences: false) { $0 == "e" || $0 == "E" }
        if exponentParts.count == 2 {
            let exponent =
                exponentParts[1].first.map { $0 == "+" || $0 == "-" } == true
                ? exponentParts[1].dropFirst() : exponentParts[1]
            guard isDigits(exponent) else { return false }
        }
        let parts = exponentParts[0].split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
        let whole = parts[0]
        let leadingZero = whole.count > 1 && whole.first == "0"
        guard let fraction = parts.dropFirst().first else { return isDigits(whole) && !leadingZero }
        if syntax == .json5, isDigits(whole) != isDigits(fraction) {
            return (whole.isEmpty || isDigits(whole)) && (fraction.isEmpty || isDigits(fraction)) && !leadingZero
        }
        return isDigits(whole) && isDigits(fraction) && !leadingZero
    }

    private func isDigits(_ text: Substring) -> Bool {
        !text.isEmpty && text.utf8.allSatisfy { (0x30...0x39).contains($0) }
    }

    /// A string, from its opening quote to the one that closes it.
    mutating func string() throws(Diagnostic) -> String {
        let start = position
        guard let quote = peek else { throw problem("expected a string") }
        position += 1
        var result: [UInt8] = []
        while let byte = peek {
            switch byte {
            case quote:
                position += 1
                guard let text = String(validating: result, as: UTF8.self) else {
                    throw problem("the string is not UTF-8 text", at: start, length: position - start)
                }
                return text
            case UInt8(ascii: "\\"): try escape(into: &result)
            case 0..<0x20 where !(syntax == .json5 && byte == 0x09):
                throw problem(
                    byte == 0x0A
                        ? "the string is not closed on its line" : "a control character must be written as an escape",
                    at: byte == 0x0A ? start : nil, help: byte == 0x0A ? "it begins here" : nil)
            default:
                result.append(byte)
                position += 1
            }
        }
        throw problem("the string is never closed", at: start, help: "it begins here")
    }

    private mutating func escape(into result: inout [UInt8]) throws(Diagnostic) {
        let start = position
        position += 1
        guard let byte = peek else { throw problem("the string is never closed", at: start) }
        position += 1
        let simple: [UInt8: UInt8] = [
            UInt8(ascii: "\""): 0x22, UInt8(ascii: "\\"): 0x5C, UInt8(ascii: "/"): 0x2F, UInt8(ascii: "b"): 0x08,
            UInt8(ascii: "f"): 0x0C, UInt8(ascii: "n"): 0x0A, UInt8(ascii: "r"): 0x0D, UInt8(ascii: "t"): 0x09,
        ]
        if let plain = simple[byte] {
            result.append(plain)
        } else if byte == UInt8(ascii: "u") {
            result.append(contentsOf: try unicodeEscape(from: start).utf8)
        } else if syntax == .json5 {
            try json5Escape(byte, from: start, into: &result)
        } else {
            throw problem("'\\\(Character(UnicodeScalar(byte)))' is not an escape", at: start, length: 2)
        }
    }

    /// JSON5: an escaped line break is dropped, `\v` and `\x41` are known, and any other character stands for itself.
    private mutating func json5Escape(_ byte: UInt8, from start: Int, into result: inout [UInt8]) throws(Diagnostic) {
        switch byte {
        case 0x0A: break
        case 0x0D: _ = take(0x0A)
        case UInt8(ascii: "v"): result.append(0x0B)
        case UInt8(ascii: "0"): result.append(0)
        case UInt8(ascii: "x"):
            let code = try hex(digits: 2, from: start)
            result.append(contentsOf: String(UnicodeScalar(UInt8(truncatingIfNeeded: code))).utf8)
        case UInt8(ascii: "1")...UInt8(ascii: "9"):
            throw problem("a digit cannot be escaped", at: start, length: 2)
        default: result.append(byte)
        }
    }

    /// The character of `\uXXXX`, or of a surrogate pair of two such escapes (RFC 8259 section 7).
    private mutating func unicodeEscape(from start: Int) throws(Diagnostic) -> String {
        let first = try hex(digits: 4, from: start)
        if let scalar = UnicodeScalar(first) { return String(scalar) }
        if (0xD800..<0xDC00).contains(first), take(UInt8(ascii: "\\")), take(UInt8(ascii: "u")) {
            let second = try hex(digits: 4, from: start)
            if (0xDC00..<0xE000).contains(second),
                let scalar = UnicodeScalar(0x10000 + (first - 0xD800) << 10 + (second - 0xDC00))
            {
                return String(scalar)
            }
        }
        throw problem("half of a surrogate pair is not a character", at: start, length: 6)
    }

    private mutating func hex(digits: Int, from start: Int) throws(Diagnostic) -> UInt32 {
        let text = bytes[position...].prefix(digits)
        guard text.count == digits, text.allSatisfy({ UnicodeScalar($0).properties.isASCIIHexDigit }),
            let number = UInt32(String(decoding: text, as: UTF8.self), radix: 16)
        else { throw problem("an escape needs \(digits) hexadecimal digits", at: start, length: 2) }
        position += digits
        return number
    }
}
