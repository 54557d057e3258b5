/// One hop as a `Forwarded` field tells it (RFC 7239 section 4).
struct ForwardedElement: Equatable {
    private var parameters: [String: String] = [:]

    /// The node that made the request; nil when it is hidden, unknown, or not told.
    var client: ClientAddress? { parameters["for"].flatMap(Self.node) }
    /// The scheme it used.
    var scheme: String? { parameters["proto"] }
    /// The host it asked for.
    var host: String? { parameters["host"] }

    /// The elements of one field value in their order; nil when it is malformed anywhere.
    ///
    /// SECURITY: all or nothing. A client may send a quote that swallows what its proxy adds, or a part of it; then
    /// nothing of the value is believed.
    static func all(_ value: String) -> [ForwardedElement]? {
        var elements: [ForwardedElement] = []
        var rest = Array(value.utf8)[...]
        while true {
            rest = rest.drop(while: isSpace)
            guard let element = ForwardedElement(&rest) else { return nil }
            // An empty element is no hop (RFC 9110 section 5.6.1.2).
            if !element.parameters.isEmpty { elements.append(element) }
            rest = rest.drop(while: isSpace)
            guard let comma = rest.popFirst() else { return elements }
            guard comma == UInt8(ascii: ",") else { return nil }
        }
    }

    private static func isSpace(_ byte: UInt8) -> Bool { byte == Bytes.space || byte == Bytes.tab }

    /// Takes the pairs up to a comma or the end.
    private init?(_ rest: inout ArraySlice<UInt8>) {
        while let byte = rest.first, byte != UInt8(ascii: ",") {
            let name = Self.token(&rest)
            guard !name.isEmpty, rest.popFirst() == UInt8(ascii: "="), let value = Self.value(&rest),
                parameters.updateValue(value, forKey: name.lowercased()) == nil
            else { return nil }
            rest = rest.drop(while: Self.isSpace)
            guard rest.first == UInt8(ascii: ";") else { return }
            rest = rest.dropFirst().drop(while: Self.isSpace)
        }
    }

    private static func token(_ rest: inout ArraySlice<UInt8>) -> String {
        let bytes = rest.prefix(while: Bytes.isToken)
        rest = rest.dropFirst(bytes.count)
        return String(decoding: bytes, as: UTF8.self)
    }

    /// A token or a quoted string (RFC 9110 section 5.6.4). Tokens may have colons, which some proxies do not quote.
    private static func value(_ rest: inout ArraySlice<UInt8>) -> String? {
        guard rest.first == UInt8(ascii: "\"") else {
            let bytes = rest.prefix { Bytes.isToken($0) || $0 == Bytes.colon }
            rest = rest.dropFirst(bytes.count)
            return bytes.isEmpty ? nil : String(decoding: bytes, as: UTF8.self)
        }
        rest = rest.dropFirst()
        var bytes: [UInt8] = []
        while let byte = rest.popFirst() {
            switch byte {
            case UInt8(ascii: "\""): return String(validating: bytes, as: UTF8.self)
            case UInt8(ascii: "\\"):
                guard let escaped = rest.popFirst() else { return nil }
                bytes.append(escaped)
            default: bytes.append(byte)
            }
        }
        return nil
    }

    /// The address in a node: `192.0.2.1`, `192.0.2.1:4711`, `[2001:db8::1]:_port` (RFC 7239 section 6). An IPv6
    /// address stands in brackets.
    private static func node(_ text: String) -> ClientAddress? {
        let isLiteral = text.hasPrefix("[")
        guard let (host, port) = NodeName.split(text), isLiteral == host.contains(":") else { return nil }
        return NodeName.isPort(port, mayBeHidden: true) ? ClientAddress(host) : nil
    }
}
