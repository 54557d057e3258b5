extension QRCode {
    /// The symbol as lines for a terminal: two rows of modules a line, with the quiet zone of four modules around it
    /// (section 6.3.8).
    ///
    /// With colours each line says that it is black on white (ECMA-48 SGR, of the 256 colours those that no theme
    /// changes), so it can be read on dark and light terminals alike. Without, the light modules are drawn, which
    /// is right where text is light on dark; elsewhere the symbol is reversed, which most cameras read, too.
    public func terminalLines(isColoured: Bool) -> [String] {
        let quiet = 4
        return stride(from: -quiet, to: size + quiet, by: 2).map { row in
            let blocks = (-quiet..<size + quiet).map { column in
                let (upper, lower) = (self[row, column], self[row + 1, column])
                return isColoured ? Self.block(upper, lower) : Self.block(!upper, !lower)
            }
            return isColoured ? "\u{1B}[38;5;16;48;5;231m\(String(blocks))\u{1B}[0m" : String(blocks)
        }
    }

    private static func block(_ upper: Bool, _ lower: Bool) -> Character {
        switch (upper, lower) {
        case (true, true): "█"
        case (true, false): "▀"
        case (false, true): "▄"
        case (false, false): " "
        }
    }
}
