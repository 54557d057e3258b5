import Testing

@testable import QRCode

/// QR codes, by the worked examples of ISO/IEC 18004:2015 and by reading them back.
@Suite struct QRCodeTests {
    @Test func `error correction is the one of the worked example in annex I`() {
        let data: [UInt8] = [
            0x10, 0x20, 0x0C, 0x56, 0x61, 0x80, 0xEC, 0x11, 0xEC, 0x11, 0xEC, 0x11, 0xEC, 0x11, 0xEC, 0x11,
        ]
        #expect(
            ReedSolomon.remainder(data, count: 10) == [0xA5, 0x24, 0xD4, 0xC1, 0xED, 0x36, 0xC7, 0x87, 0x2C, 0x55])
    }

    @Test func `format and version are those of annexes C and D`() {
        #expect(Grid.format(.medium, mask: 0b101) == 0b100_0000_1100_1110)
        #expect(Grid.version(7) == 0b00_0111_1100_1001_0100)
    }

    @Test func `the capacities are those of table 7`() {
        #expect(
            Layout.all(.low).map(\.capacity) == [
                17, 32, 53, 78, 106, 134, 154, 192, 230, 271, 321, 367, 425, 458, 520, 586, 644, 718, 792, 858,
            ])
        #expect(
            Layout.all(.medium).map(\.capacity) == [
                14, 26, 42, 62, 84, 106, 122, 152, 180, 213, 251, 287, 331, 362, 412, 450, 504, 560, 624, 666,
            ])
        // All modules that are no pattern are for data: at most 7 are left over (table 1).
        for layout in Layout.all(.low) {
            #expect((0...7).contains(Grid(version: layout.version).path.count - layout.total * 8), "\(layout.version)")
        }
    }

    @Test(arguments: QRCode.Correction.allCases)
    func `every version is read back, empty, short by one and full`(correction: QRCode.Correction) throws {
        #expect(try Decoder.bytes(try QRCode([], correction: correction)) == [])
        for layout in Layout.all(correction) {
            for count in [layout.capacity - 1, layout.capacity] {
                let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 167 &+ layout.version) }
                let code = try QRCode(bytes, correction: correction, mask: count)
                #expect(code.version == layout.version)
                #expect(try Decoder.bytes(code) == bytes, "version \(layout.version)")
            }
        }
    }

    @Test func `what does not fit is refused`() {
        let most = 858
        #expect(throws: QRCode.TooLong(count: most + 1, most: most)) {
            _ = try QRCode([UInt8](repeating: 0, count: most + 1), correction: .low)
        }
        #expect(
            QRCode.TooLong(count: 700, most: 666).description
                == "700 bytes are more than the 666 that fit a QR code here")
    }

    @Test func `the mask is the one that is easiest to read`() throws {
        for text in ["https://trakt.tv/activate", "https://plex.tv/link?code=ABCD", "x"] {
            let bytes = Array(text.utf8)
            let all = try (0..<8).map { try QRCode(bytes, correction: .medium, mask: $0) }
            let chosen = try QRCode(bytes)
            #expect(all.contains(chosen))
            #expect(all.allSatisfy { Self.penalty($0) >= Self.penalty(chosen) })
        }
    }

    private static func penalty(_ code: QRCode) -> Int { code.grid.penalty }

    /// The lines of a symbol, dark modules as `#`.
    private func lines(_ code: QRCode) -> String {
        (0..<code.size).map { row in
            String((0..<code.size).map { code[row, $0] ? "#" : "." } as [Character])
        }.joined(separator: "\n")
    }

    @Test func `two symbols are what another encoder makes of the same`() throws {
        #expect(
            lines(try QRCode(Array("https://trakt.tv/activate".utf8), correction: .medium, mask: 6)) == Self.activate)
        #expect(lines(try QRCode(Array("lk".utf8), correction: .low, mask: 3)) == Self.short)
    }

    @Test func `a terminal shows two rows of modules in a line, with a quiet zone of four`() throws {
        let code = try QRCode(Array("lk".utf8), correction: .low, mask: 3)
        let plain = code.terminalLines(isColoured: false)
        #expect(plain.count == 15 && plain.allSatisfy { $0.count == 29 })
        #expect(plain.prefix(2).allSatisfy { $0 == String(repeating: "█", count: 29) })
        #expect(plain[2] == "████ ▄▄▄▄▄ █▄ ██ █ ▄▄▄▄▄ ████")
        // The last line has one row alone; what is below it is light.
        #expect(plain[14] == String(repeating: "█", count: 29))
        let coloured = code.terminalLines(isColoured: true)
        #expect(coloured[0] == "\u{1B}[38;5;16;48;5;231m" + String(repeating: " ", count: 29) + "\u{1B}[0m")
        // The same in both, light and dark exchanged.
        let turned: [Character: Character] = ["█": " ", " ": "█", "▀": "▄", "▄": "▀"]
        for (left, right) in zip(plain, coloured) {
            #expect(String(left.compactMap { turned[$0] }) == right.dropFirst(19).dropLast(4))
        }
    }
}
