internal import Glibc

/// A colour as CSS writes it: `#ed1c24` or `#fff`.
struct Color {
    /// Red, green and blue from 0 to 1.
    private let parts: [Double]

    /// Nil when the text is no such colour.
    init?(_ text: String) {
        guard text.hasPrefix("#") else { return nil }
        let digits = text.dropFirst().compactMap(\.hexDigitValue)
        guard digits.count == text.utf8.count - 1 else { return nil }
        switch digits.count {
        case 3: parts = digits.map { Double($0 * 17) / 255 }
        case 6: parts = stride(from: 0, to: 6, by: 2).map { Double(digits[$0] * 16 + digits[$0 + 1]) / 255 }
        default: return nil
        }
    }

    /// Black or white, whichever is easier to read on this colour (WCAG 2.2, "contrast ratio").
    var textColor: String {
        let onWhite = 1.05 / (luminance + 0.05)
        let onBlack = (luminance + 0.05) / 0.05
        return onWhite > onBlack ? "#fff" : "#000"
    }

    /// The relative luminance (WCAG 2.2), from 0 to 1.
    private var luminance: Double {
        let linear = parts.map { $0 <= 0.04045 ? $0 / 12.92 : pow(($0 + 0.055) / 1.055, 2.4) }
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
    }
}
