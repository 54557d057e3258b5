@testable import QRCode

/// Reads a symbol back, by the standard's reference decoding (section 11) without its repair of errors: what is wrong with
/// any codeword is an error. It shares with the encoder the patterns, and nothing of how codewords are made.
enum Decoder {
    enum Failure: Error, Equatable { case format, version, correction, mode }

    static func bytes(_ code: QRCode) throws(Failure) -> [UInt8] {
        let (correction, mask) = try format(code)
        guard (code.size - 17) / 4 == code.version else { throw .version }
        let layout = Layout.all(correction)[code.version - 1]
        return try content(layout, codewords(code, mask))
    }

    /// Both places of the format, looked up among all 32 that there are.
    private static func format(_ code: QRCode) throws(Failure) -> (QRCode.Correction, Int) {
        let (size, end) = (code.size, code.size - 1)
        let first =
            [code[8, 0], code[8, 1], code[8, 2], code[8, 3], code[8, 4], code[8, 5], code[8, 7], code[8, 8]]
            + [code[7, 8], code[5, 8], code[4, 8], code[3, 8], code[2, 8], code[1, 8], code[0, 8]]
        let second = (0..<7).map { code[end - $0, 8] } + (0..<8).map { code[8, size - 8 + $0] }
        for correction in QRCode.Correction.allCases {
            for mask in 0..<8 {
                let bits = Grid.format(correction, mask: mask)
                let wanted = (0..<15).map { bits >> (14 - $0) & 1 == 1 }
                if first == wanted, second == wanted { return (correction, mask) }
            }
        }
        throw .format
    }

    private static func codewords(_ code: QRCode, _ mask: Int) -> [UInt8] {
        let bits = Grid(version: code.version).path.map { row, column in
            code[row, column] != Grid.isMasked(mask, row, column)
        }
        return stride(from: 0, to: bits.count - bits.count % 8, by: 8).map { start in
            bits[start..<start + 8].reduce(0) { $0 << 1 | ($1 ? 1 : 0) }
        }
    }

    private static func content(_ layout: Layout, _ codewords: [UInt8]) throws(Failure) -> [UInt8] {
        guard codewords.count == layout.total else { throw .version }
        var lengths = [Int](repeating: layout.data / layout.blocks, count: layout.blocks)
        for index in 0..<layout.data % layout.blocks { lengths[layout.blocks - 1 - index] += 1 }
        var blocks = [[UInt8]](repeating: [], count: layout.blocks)
        var rest = codewords[...]
        for index in 0..<(lengths.max() ?? 0) {
            for block in blocks.indices where index < lengths[block] { blocks[block].append(rest.removeFirst()) }
        }
        let data = blocks.flatMap(\.self)
        while let codeword = rest.popFirst() {
            blocks[(layout.total - rest.count - 1 - layout.data) % layout.blocks].append(codeword)
        }
        guard blocks.allSatisfy({ isWhole($0, layout.correcting) }) else { throw .correction }
        return try bytes(data, layout)
    }

    /// Whether a block is a multiple of the generator: it is 0 at each of its roots, 2⁰, 2¹ and so on.
    private static func isWhole(_ block: [UInt8], _ roots: Int) -> Bool {
        var root: UInt8 = 1
        for _ in 0..<roots {
            if block.reduce(0, { ReedSolomon.product($0, root) ^ $1 }) != 0 { return false }
            root = ReedSolomon.product(root, 2)
        }
        return true
    }

    private static func bytes(_ data: [UInt8], _ layout: Layout) throws(Failure) -> [UInt8] {
        let bits = data.flatMap { byte in (0..<8).map { Int(byte >> UInt8(7 - $0) & 1) } }
        func number(_ start: Int, _ count: Int) -> Int { bits[start..<start + count].reduce(0) { $0 << 1 | $1 } }
        guard number(0, 4) == 0b0100 else { throw .mode }
        let start = 4 + layout.countBits
        return (0..<number(4, layout.countBits)).map { UInt8(number(start + 8 * $0, 8)) }
    }
}
