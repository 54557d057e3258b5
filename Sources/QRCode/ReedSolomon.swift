/// Error correction (section 7.5.2): polynomials over GF(2⁸) modulo x⁸ + x⁴ + x³ + x² + 1.
enum ReedSolomon {
    /// The product of two elements.
    static func product(_ left: UInt8, _ right: UInt8) -> UInt8 {
        (0..<8).reversed().reduce(UInt8(0)) { sum, bit in
            let doubled = sum << 1 ^ (sum >> 7) &* 0x1D
            return doubled ^ (right >> UInt8(bit) & 1) &* left
        }
    }

    /// The generator polynomial: (x - 1)(x - 2)(x - 2²)… without its first coefficient, which is 1.
    static func generator(_ degree: Int) -> [UInt8] {
        var coefficients = [UInt8](repeating: 0, count: degree)
        guard degree > 0 else { return [] }
        coefficients[degree - 1] = 1
        var root: UInt8 = 1
        for _ in 0..<degree {
            for index in 0..<degree {
                let next = index + 1 < degree ? coefficients[index + 1] : 0
                coefficients[index] = product(coefficients[index], root) ^ next
            }
            root = product(root, 2)
        }
        return coefficients
    }

    /// The codewords that follow the data of a block: the remainder of its division by the generator.
    static func remainder(_ data: [UInt8], count: Int) -> [UInt8] {
        let generator = generator(count)
        return data.reduce(into: [UInt8](repeating: 0, count: count)) { remainder, byte in
            let factor = byte ^ (remainder.first ?? 0)
            remainder = Array(remainder.dropFirst()) + [0]
            for index in remainder.indices { remainder[index] ^= product(generator[index], factor) }
        }
    }
}
