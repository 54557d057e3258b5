extension Grid {
    /// How hard a symbol is to read (section 7.8.3.1): the mask with the least is taken.
    var penalty: Int {
        let rows = (0..<size).map { row in (0..<size).map { self[row, $0] } }
        let columns = (0..<size).map { column in (0..<size).map { self[$0, column] } }
        let lines = (rows + columns).reduce(0) { $0 + Self.runs($1) + Self.finders($1) }
        return lines + blocks + balance
    }

    /// N1: five modules or more of one colour in a line.
    private static func runs(_ line: [Bool]) -> Int {
        var (sum, length) = (0, 0)
        var last: Bool?
        for module in line {
            length = module == last ? length + 1 : 1
            last = module
            if length == 5 { sum += 3 } else if length > 5 { sum += 1 }
        }
        return sum
    }

    /// N3: what looks like a finder pattern beside four light modules.
    private static func finders(_ line: [Bool]) -> Int {
        var (sum, window) = (0, 0)
        for (index, module) in line.enumerated() {
            window = (window << 1 | (module ? 1 : 0)) & 0x7FF
            if index >= 10, window == 0b101_1101_0000 || window == 0b000_0101_1101 { sum += 40 }
        }
        return sum
    }

    /// N2: squares of two by two of one colour.
    private var blocks: Int {
        (1..<size).reduce(0) { sum, row in
            (1..<size).reduce(sum) { sum, column in
                let module = self[row, column]
                let isBlock =
                    module == self[row - 1, column] && module == self[row, column - 1]
                    && module == self[row - 1, column - 1]
                return isBlock ? sum + 3 : sum
            }
        }
    }

    /// N4: ten for each whole five percent by which the dark modules are not half of all.
    private var balance: Int {
        let all = size * size
        let dark = (0..<all).count { self[$0 / size, $0 % size] }
        return abs(dark * 20 - all * 10) / all * 10
    }
}
