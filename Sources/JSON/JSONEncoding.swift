extension JSON {
    /// The value as UTF-8 text: in one line, or indented by two spaces and with a final line break.
    ///
    /// `<`, `>` and `&` are left as they are: the text is meant for files and `application/json`, not for HTML.
    public func encoded(pretty: Bool = false) -> [UInt8] {
        var writer = Writer(pretty: pretty)
        writer.write(self, depth: 0)
        if pretty { writer.output.append(UInt8(ascii: "\n")) }
        return writer.output
    }

    private struct Writer {
        let pretty: Bool
        var output: [UInt8] = []

        mutating func write(_ value: JSON, depth: Int) {
            switch value {
            case .null: append("null")
            case .bool(let flag): append(flag ? "true" : "false")
            case .int(let number): append(String(number))
            case .double(let number): append(number.isFinite ? String(number) : "null")
            case .string(let text): writeString(text)
            case .array(let elements):
                writeList("[", "]", elements, depth: depth) { writer, element in writer.write(element, depth: depth + 1)
                }
            case .object(let object):
                writeList("{", "}", object.members, depth: depth) { writer, member in
                    writer.writeString(member.key)
                    writer.append(writer.pretty ? ": " : ":")
                    writer.write(member.value, depth: depth + 1)
                }
            }
        }

        private mutating func writeList<Element>(
            _ open: StaticString, _ close: StaticString, _ elements: [Element], depth: Int,
            each: (inout Writer, Element) -> Void
        ) {
            append("\(open)")
            for (index, element) in elements.enumerated() {
                if index > 0 { append(",") }
                newLine(depth: depth + 1)
                each(&self, element)
            }
            if !elements.isEmpty { newLine(depth: depth) }
            append("\(close)")
        }

        private mutating func newLine(depth: Int) {
            guard pretty else { return }
            output.append(UInt8(ascii: "\n"))
            output.append(contentsOf: repeatElement(UInt8(ascii: " "), count: depth * 2))
        }

        private mutating func append(_ text: String) {
            output.append(contentsOf: text.utf8)
        }

        private mutating func writeString(_ text: String) {
            output.append(UInt8(ascii: "\""))
            var text = text
            text.withUTF8 { bytes in
                var start = 0
                for index in bytes.indices where Self.needsEscape(bytes[index]) {
                    output.append(contentsOf: UnsafeBufferPointer(rebasing: bytes[start..<index]))
                    append(Self.escape(bytes[index]))
                    start = index + 1
                }
                output.append(contentsOf: UnsafeBufferPointer(rebasing: bytes[start...]))
            }
            output.append(UInt8(ascii: "\""))
        }

        private static func needsEscape(_ byte: UInt8) -> Bool {
            byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") || byte == 0x7F
        }

        private static func escape(_ byte: UInt8) -> String {
            switch byte {
            case UInt8(ascii: "\""): return "\\\""
            case UInt8(ascii: "\\"): return "\\\\"
            case UInt8(ascii: "\n"): return "\\n"
            case UInt8(ascii: "\r"): return "\\r"
            case UInt8(ascii: "\t"): return "\\t"
            default:
                let hex = String(byte, radix: 16)
                return "\\u" + String(repeating: "0", count: 4 - hex.utf8.count) + hex
            }
        }
    }
}
