/// A QR code symbol (ISO/IEC 18004:2015): bytes as modules that a camera reads.
///
/// Byte mode alone, versions 1 to 20 (21 to 97 modules), error correction L and M: as much as an address needs, up to 858
/// bytes.
public struct QRCode: Sendable, Equatable {
    /// How much of a symbol may be unreadable (section 7.5.1).
    public enum Correction: Sendable, Equatable, CaseIterable {
        /// L: about 7 percent.
        case low
        /// M: about 15 percent.
        case medium

        /// As the format information has it (table 12).
        var bits: Int { self == .low ? 0b01 : 0b00 }
    }

    /// There is more than a symbol of version 20 holds.
    public struct TooLong: Error, Equatable, Sendable, CustomStringConvertible {
        /// How many bytes there are.
        public let count: Int
        /// How many there may be.
        public let most: Int

        /// A sentence with both numbers.
        public var description: String { "\(count) bytes are more than the \(most) that fit a QR code here" }
    }

    /// The version, 1 to 20.
    public let version: Int
    /// How many modules a side has: 17 and four for each version.
    public var size: Int { grid.size }
    let grid: Grid

    /// The smallest symbol that holds some bytes.
    public init(_ bytes: [UInt8], correction: Correction = .medium) throws(TooLong) {
        let (version, grid) = try Self.unmasked(bytes, correction)
        let masked = (0..<8).map { grid.masked($0, correction, version) }
        // The first of those that are equally easy to read.
        let penalties = masked.map(\.penalty)
        let best = penalties.firstIndex(of: penalties.min() ?? 0) ?? 0
        (self.version, self.grid) = (version, masked[best])
    }

    /// As above, with a mask that somebody has chosen.
    ///
    /// - Parameter mask: 0 to 7.
    init(_ bytes: [UInt8], correction: Correction, mask: Int) throws(TooLong) {
        let (version, grid) = try Self.unmasked(bytes, correction)
        (self.version, self.grid) = (version, grid.masked(mask & 7, correction, version))
    }

    /// Whether a module is dark; those around the symbol are light.
    public subscript(row: Int, column: Int) -> Bool {
        (0..<size).contains(row) && (0..<size).contains(column) && grid[row, column]
    }

    private static func unmasked(_ bytes: [UInt8], _ correction: Correction) throws(TooLong) -> (Int, Grid) {
        guard let layout = Layout.smallest(for: bytes.count, correction) else {
            throw TooLong(count: bytes.count, most: Layout.all(correction).last?.capacity ?? 0)
        }
        var grid = Grid(version: layout.version)
        grid.place(layout.interleaved(layout.codewords(bytes)))
        return (layout.version, grid)
    }
}
