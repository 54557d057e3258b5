/// A place in a text, as editors count it.
public struct SourceLocation: Equatable, Sendable {
    /// The line, from 1.
    public let line: Int
    /// The column in characters, from 1.
    public let column: Int
    /// The text of the line, without its line break.
    public let sourceLine: String

    /// The place of a byte offset; an offset beyond the end is the end.
    public init(offset: Int, in source: some Collection<UInt8>) {
        let newline = UInt8(ascii: "\n")
        var line = 1
        var lineStart = source.startIndex
        let place =
            source.index(source.startIndex, offsetBy: max(0, offset), limitedBy: source.endIndex) ?? source.endIndex
        var index = source.startIndex
        while index < place {
            if source[index] == newline {
                line += 1
                lineStart = source.index(after: index)
            }
            index = source.index(after: index)
        }
        var lineEnd = source[lineStart...].firstIndex(of: newline) ?? source.endIndex
        if lineEnd > lineStart {
            let last = source.index(lineEnd, offsetBy: -1)
            if source[last] == UInt8(ascii: "\r"), last >= place { lineEnd = last }
        }
        self.line = line
        self.column = String(decoding: source[lineStart..<place], as: UTF8.self).count + 1
        self.sourceLine = String(decoding: source[lineStart..<lineEnd], as: UTF8.self)
    }
}
