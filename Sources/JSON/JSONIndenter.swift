/// Puts text that `JSON.encoded()` made into the form of `encoded(pretty: true)`, piece by piece and without reading
/// it into values: for documents of which most is kept as text.
public struct JSONIndenter {
    /// What has come out so far.
    public private(set) var output: [UInt8] = []
    private var depth = 0
    /// Nothing has followed the last opening mark yet.
    private var isOpening = false

    /// An indenter that has made nothing.
    public init() {}

    /// Makes room for so many bytes of output.
    public mutating func reserve(_ count: Int) { output.reserveCapacity(count) }

    /// The next piece of the text; it may end anywhere but in a string.
    public mutating func append(_ text: String) { append(Array(text.utf8)[...]) }

    /// The next piece of the text; it may end anywhere but in a string.
    public mutating func append(_ text: ArraySlice<UInt8>) {
        text.withUnsafeBufferPointer { text in
            var index = 0
            while index < text.count {
                let end = text[index] == UInt8(ascii: "\"") ? Self.endOfString(text, from: index + 1) : index + 1
                append(UnsafeBufferPointer(rebasing: text[index..<end]), first: text[index])
                index = end
            }
        }
    }

    /// Appends a string or a single byte.
    private mutating func append(_ piece: UnsafeBufferPointer<UInt8>, first: UInt8) {
        let closes = first == UInt8(ascii: "}") || first == UInt8(ascii: "]")
        if closes { depth -= 1 }
        // What is empty stays in one piece.
        if isOpening != closes { newLine() }
        isOpening = first == UInt8(ascii: "{") || first == UInt8(ascii: "[")
        if isOpening { depth += 1 }
        output.append(contentsOf: piece)
        if first == UInt8(ascii: ",") { newLine() }
        if first == UInt8(ascii: ":") { output.append(UInt8(ascii: " ")) }
    }

    /// The place after the closing quotation mark.
    private static func endOfString(_ text: UnsafeBufferPointer<UInt8>, from start: Int) -> Int {
        var index = start
        while index < text.count, text[index] != UInt8(ascii: "\"") {
            index += text[index] == UInt8(ascii: "\\") ? 2 : 1
        }
        return min(index + 1, text.count)
    }

    private mutating func newLine() {
        output.append(UInt8(ascii: "\n"))
        output.append(contentsOf: repeatElement(UInt8(ascii: " "), count: max(0, depth) * 2))
    }
}
