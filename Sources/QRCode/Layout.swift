/// How the codewords of a version are divided (table 9): so many blocks, each with so many for error correction.
struct Layout: Equatable {
    let version: Int
    /// All codewords (table 1).
    let total: Int
    let blocks: Int
    /// Codewords for error correction, in each block.
    let correcting: Int

    /// Codewords that hold data.
    var data: Int { total - blocks * correcting }
    /// The bits of the character count (table 3).
    var countBits: Int { version < 10 ? 8 : 16 }
    /// How many bytes fit: the mode takes 4 bits, the count 8 or 16.
    var capacity: Int { (data * 8 - 4 - countBits) / 8 }

    private static let totals = [
        26, 44, 70, 100, 134, 172, 196, 242, 292, 346, 404, 466, 532, 581, 655, 733, 815, 901, 991, 1085,
    ]
    private static let low: [(correcting: Int, blocks: Int)] = [
        (7, 1), (10, 1), (15, 1), (20, 1), (26, 1), (18, 2), (20, 2), (24, 2), (30, 2), (18, 4), (20, 4), (24, 4),
        (26, 4), (30, 4), (22, 6), (24, 6), (28, 6), (30, 6), (28, 7), (28, 8),
    ]
    private static let medium: [(correcting: Int, blocks: Int)] = [
        (10, 1), (16, 1), (26, 1), (18, 2), (24, 2), (16, 4), (18, 4), (22, 4), (22, 5), (26, 5), (30, 5), (22, 8),
        (22, 9), (24, 9), (24, 10), (28, 10), (28, 11), (26, 13), (26, 14), (26, 16),
    ]

    /// The versions, the smallest first.
    static func all(_ correction: QRCode.Correction) -> [Layout] {
        zip(totals, correction == .low ? low : medium).enumerated().map { index, entry in
            Layout(version: index + 1, total: entry.0, blocks: entry.1.blocks, correcting: entry.1.correcting)
        }
    }

    /// The smallest version that holds so many bytes.
    static func smallest(for count: Int, _ correction: QRCode.Correction) -> Layout? {
        all(correction).first { $0.capacity >= count }
    }

    /// The data codewords: mode, count, the bytes, the terminator, and padding (sections 7.4.5, 7.4.9 and 7.4.10).
    func codewords(_ bytes: [UInt8]) -> [UInt8] {
        var bits = Bits()
        bits.append(0b0100, count: 4)
        bits.append(bytes.count, count: countBits)
        for byte in bytes { bits.append(Int(byte), count: 8) }
        // A byte's last four bits are free: the terminator always fits.
        bits.append(0, count: 4)
        var codewords = bits.bytes
        for index in 0..<max(0, data - codewords.count) { codewords.append(index % 2 == 0 ? 0xEC : 0x11) }
        return codewords
    }

    /// The data codewords block by block; the later blocks have one more where they cannot be equal.
    func split(_ codewords: [UInt8]) -> [[UInt8]] {
        let (short, longer) = (data / blocks, data % blocks)
        var rest = codewords[...]
        return (0..<blocks).map { index in
            let block = rest.prefix(short + (index >= blocks - longer ? 1 : 0))
            rest = rest.dropFirst(block.count)
            return Array(block)
        }
    }

    /// What is placed in the symbol: the data of all blocks in turn, then their error correction (section 7.6).
    func interleaved(_ codewords: [UInt8]) -> [UInt8] {
        let blocks = split(codewords)
        let corrections = blocks.map { ReedSolomon.remainder($0, count: correcting) }
        return Self.inTurn(blocks) + Self.inTurn(corrections)
    }

    private static func inTurn(_ blocks: [[UInt8]]) -> [UInt8] {
        let longest = blocks.map(\.count).max() ?? 0
        return (0..<longest).flatMap { index in blocks.filter { index < $0.count }.map { $0[index] } }
    }
}

/// Bits one after another, the most significant first.
private struct Bits {
    private(set) var bytes: [UInt8] = []
    private var free = 0

    mutating func append(_ value: Int, count: Int) {
        for shift in stride(from: count - 1, through: 0, by: -1) {
            if free == 0 {
                bytes.append(0)
                free = 8
            }
            free -= 1
            if value >> shift & 1 == 1 { bytes[bytes.count - 1] |= 1 << UInt8(free) }
        }
    }
}
