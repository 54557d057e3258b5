/// The modules of a symbol, and which of them are patterns that no data and no mask touches (section 6.3).
struct Grid: Equatable, Sendable {
    let size: Int
    private var dark: [Bool]
    private var fixed: [Bool]

    /// The centres of the alignment patterns, in each direction (annex E).
    private static let alignments: [[Int]] = [
        [], [6, 18], [6, 22], [6, 26], [6, 30], [6, 34], [6, 22, 38], [6, 24, 42], [6, 26, 46], [6, 28, 50],
        [6, 30, 54], [6, 32, 58], [6, 34, 62], [6, 26, 46, 66], [6, 26, 48, 70], [6, 26, 50, 74], [6, 30, 54, 78],
        [6, 30, 56, 82], [6, 30, 58, 86], [6, 34, 62, 90],
    ]

    /// An empty symbol with its patterns; the places of the format and the version are kept free.
    ///
    /// - Parameter version: 1 to 20.
    init(version: Int) {
        size = 17 + 4 * version
        dark = [Bool](repeating: false, count: size * size)
        fixed = dark
        for index in 0..<size {
            fix(6, index, index % 2 == 0)
            fix(index, 6, index % 2 == 0)
        }
        for (row, column) in [(3, 3), (3, size - 4), (size - 4, 3)] { finder(row, column) }
        let centres = version <= Self.alignments.count ? Self.alignments[version - 1] : []
        for row in centres {
            for column in centres where !isCorner(row, column) { square(row, column, reach: 2) { $0 != 1 } }
        }
        for place in formatPlaces.flatMap(\.self) + versionPlaces(version).flatMap(\.self) {
            fix(place.0, place.1, false)
        }
        fix(size - 8, 8, true)
    }

    subscript(row: Int, column: Int) -> Bool { dark[row * size + column] }

    /// Whether a module belongs to a pattern.
    func isFixed(_ row: Int, _ column: Int) -> Bool { fixed[row * size + column] }

    private mutating func fix(_ row: Int, _ column: Int, _ isDark: Bool) {
        dark[row * size + column] = isDark
        fixed[row * size + column] = true
    }

    /// Whether an alignment pattern would lie on a finder pattern.
    private func isCorner(_ row: Int, _ column: Int) -> Bool {
        let far = size - 7
        return [(6, 6), (6, far), (far, 6)].contains { $0 == (row, column) }
    }

    /// A finder pattern with its separator.
    private mutating func finder(_ row: Int, _ column: Int) {
        square(row, column, reach: 4) { $0 != 2 && $0 != 4 }
    }

    /// Rings around a centre, as far as they are in the symbol.
    private mutating func square(_ row: Int, _ column: Int, reach: Int, _ isDark: (_ ring: Int) -> Bool) {
        for down in -reach...reach {
            for right in -reach...reach {
                let place = (row + down, column + right)
                guard (0..<size).contains(place.0), (0..<size).contains(place.1) else { continue }
                fix(place.0, place.1, isDark(max(abs(down), abs(right))))
            }
        }
    }

    // MARK: Format and version

    /// Where the 15 bits of the format stand, the least significant first: twice (section 7.9).
    private var formatPlaces: [[(Int, Int)]] {
        let first =
            [0, 1, 2, 3, 4, 5, 7, 8].map { ($0, 8) } + [7, 5, 4, 3, 2, 1, 0].map { (8, $0) }
        let second = (0..<8).map { (8, size - 1 - $0) } + (8..<15).map { (size - 15 + $0, 8) }
        return [first, second]
    }

    /// Where the 18 bits of the version stand, the least significant first: twice, from version 7 on (section 7.10).
    private func versionPlaces(_ version: Int) -> [[(Int, Int)]] {
        guard version >= 7 else { return [] }
        let places = (0..<18).map { ($0 / 3, size - 11 + $0 % 3) }
        return [places, places.map { ($0.1, $0.0) }]
    }

    /// The format with its error correction (annex C).
    static func format(_ correction: QRCode.Correction, mask: Int) -> Int {
        let data = correction.bits << 3 | mask
        return (data << 10 | remainder(data << 10, 0x537, degree: 10)) ^ 0x5412
    }

    /// The version with its error correction (annex D).
    static func version(_ number: Int) -> Int { number << 12 | remainder(number << 12, 0x1F25, degree: 12) }

    private static func remainder(_ value: Int, _ divisor: Int, degree: Int) -> Int {
        stride(from: 5, through: 0, by: -1).reduce(value) { rest, shift in
            rest >> (degree + shift) & 1 == 1 ? rest ^ divisor << shift : rest
        }
    }

    private mutating func write(_ bits: Int, _ places: [[(Int, Int)]]) {
        for places in places {
            for (index, place) in places.enumerated() { fix(place.0, place.1, bits >> index & 1 == 1) }
        }
    }

    // MARK: Data

    /// The modules for data in their order: two columns at a time from the right, upwards and downwards in turn
    /// (section 7.7.3).
    var path: [(row: Int, column: Int)] {
        let columns = stride(from: size - 1, to: 0, by: -2).map { $0 <= 6 ? $0 - 1 : $0 }
        let all = columns.enumerated().flatMap { index, column in
            (0..<2 * size).map { step in
                let row = index % 2 == 0 ? size - 1 - step / 2 : step / 2
                return (row: row, column: column - step % 2)
            }
        }
        return all.filter { !isFixed($0.row, $0.column) }
    }

    /// Places the codewords. What is left over is light.
    mutating func place(_ codewords: [UInt8]) {
        for (index, place) in path.enumerated() where index / 8 < codewords.count {
            dark[place.row * size + place.column] = codewords[index / 8] >> UInt8(7 - index % 8) & 1 == 1
        }
    }

    /// The symbol with a mask over its data, and with its format and version.
    func masked(_ mask: Int, _ correction: QRCode.Correction, _ version: Int) -> Grid {
        var grid = self
        for row in 0..<size {
            for column in 0..<size where !isFixed(row, column) && Self.isMasked(mask, row, column) {
                grid.dark[row * size + column].toggle()
            }
        }
        grid.write(Self.format(correction, mask: mask), formatPlaces)
        grid.write(Self.version(version), versionPlaces(version))
        return grid
    }

    /// Whether a mask turns a module (table 10).
    static func isMasked(_ mask: Int, _ row: Int, _ column: Int) -> Bool {
        let product = row * column
        return switch mask {
        case 0: (row + column) % 2 == 0
        case 1: row % 2 == 0
        case 2: column % 3 == 0
        case 3: (row + column) % 3 == 0
        case 4: (row / 2 + column / 3) % 2 == 0
        case 5: product % 2 + product % 3 == 0
        case 6: (product % 2 + product % 3) % 2 == 0
        default: ((row + column) % 2 + product % 3) % 2 == 0
        }
    }
}
