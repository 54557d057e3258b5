/// All addresses that begin with the same bits (CIDR, RFC 4632): `10.0.0.0/8`, `fd00::/8`, `192.0.2.1`.
public struct AddressRange: Sendable, Hashable {
    /// Why a text is no range.
    public enum Problem: Error, Equatable, Sendable, CustomStringConvertible {
        /// What stands before the slash is no address.
        case notAnAddress(String)
        /// What stands after the slash is no number of bits.
        case badLength(String, most: Int)
        /// The address has bits beyond the length: the range that was perhaps meant.
        case hostBits(String, meant: String)

        /// Half a sentence, which says what to write instead.
        public var description: String {
            switch self {
            case .notAnAddress(let text):
                "'\(text)' is not an address; write 127.0.0.1, 10.0.0.0/8 or fd00::/8"
            case .badLength(let text, let most):
                "'\(text)' should end with a number from 0 to \(most) after its slash"
            case .hostBits(let text, let meant):
                "'\(text)' has bits set beyond its length; write \(meant), or the address alone"
            }
        }
    }

    private let first: ClientAddress
    /// The number of leading bits that count, of 128.
    private let length: Int

    /// Reads a range, or a single address. An IPv4 range is the same as the one of its mapped addresses.
    public init(_ text: String) throws(Problem) {
        let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        guard let address = ClientAddress(parts[0]) else { throw .notAnAddress(String(text.prefix(80))) }
        let isShort = address.isIPv4 && !parts[0].contains(":")
        let most = isShort ? 32 : 128
        guard parts.count == 2 else {
            (first, length) = (address, 128)
            return
        }
        let digits = parts[1]
        guard (1...3).contains(digits.utf8.count), digits.utf8.allSatisfy(Bytes.isDigit), let bits = Int(digits),
            bits <= most, String(bits) == digits
        else { throw .badLength(String(text.prefix(80)), most: most) }
        length = isShort ? bits + 96 : bits
        first = address.keeping(length)
        guard first == address else { throw .hostBits(String(text.prefix(80)), meant: "\(first)/\(bits)") }
    }

    /// Whether it is every address there is, or every IPv4 address.
    public var isEverything: Bool { length == 0 || length == 96 && first.isIPv4 }

    /// Whether an address is one of these.
    public func contains(_ address: ClientAddress) -> Bool { address.keeping(length) == first }
}

extension ClientAddress {
    /// The address with all bits but the first ones cleared.
    fileprivate func keeping(_ bits: Int) -> ClientAddress {
        // A shift by all 64 bits or more leaves nothing, which is what is meant.
        ClientAddress(
            network: network & ~(UInt64.max >> UInt64(min(bits, 64))),
            interface: interface & ~(UInt64.max >> UInt64(max(bits - 64, 0))))
    }
}
