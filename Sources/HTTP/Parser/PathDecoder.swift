/// Turns the path of a request target into the one path that is looked up: decoded once, dot segments resolved.
///
/// SECURITY: every later decision sees only this result. It has no NUL, no control character, no backslash, no dot
/// segment; an encoded slash is refused because others would read it as a separator. Empty segments stay: `//a` is
/// not `/a`. What is not protected: nothing here knows a file system, and a result must never be used as a file name.
enum PathDecoder {
    /// Decodes into `result`, whose memory is used again. A path without any byte becomes `/`.
    static func decode(_ bytes: Span<UInt8>, _ path: Piece, into result: inout [UInt8]) throws(Rejection) {
        result.removeAll(keepingCapacity: true)
        var segment = 0
        var isASCII = true
        var hasPercent = false
        var index = path.start
        while index < path.end {
            var byte = bytes[index]
            index &+= 1
            if byte == Bytes.slash {
                if try !endSegment(&result, segment) { result.append(byte) }
                segment = result.count
                continue
            }
            if byte == Bytes.percent {
                byte = try escaped(bytes, index, path.end)
                index &+= 2
                isASCII = isASCII && byte < 0x80
                hasPercent = hasPercent || byte == Bytes.percent
            } else if !Bytes.isPath(byte) {
                throw byte == UInt8(ascii: "\\") ? .forbiddenInPath : .target
            }
            result.append(byte)
        }
        _ = try endSegment(&result, segment)
        if result.isEmpty { result.append(Bytes.slash) }
        if hasPercent, isEscaped(result) { throw .escapedTwice }
        if !isASCII, String(validating: result, as: UTF8.self) == nil { throw .pathEncoding }
    }

    /// Whether another round of decoding would change the path: whoever decodes twice would see another one.
    private static func isEscaped(_ path: [UInt8]) -> Bool {
        path.indices.dropLast(2).contains { index in
            path[index] == Bytes.percent && Bytes.hexValue(path[index + 1]) != nil
                && Bytes.hexValue(path[index + 2]) != nil
        }
    }

    private static func escaped(_ bytes: Span<UInt8>, _ index: Int, _ end: Int) throws(Rejection) -> UInt8 {
        guard index + 1 < end, let high = Bytes.hexValue(bytes[index]), let low = Bytes.hexValue(bytes[index + 1])
        else { throw .escape }
        let byte = high << 4 | low
        guard byte >= 0x20, byte != 0x7F, byte != Bytes.slash, byte != UInt8(ascii: "\\") else {
            throw .forbiddenInPath
        }
        return byte
    }

    /// Resolves the segment that ends here if it is `.` or `..`; says whether it was one. What is left then ends
    /// with `/`.
    private static func endSegment(_ result: inout [UInt8], _ start: Int) throws(Rejection) -> Bool {
        let count = result.count - start
        guard start > 0, count == 1 || count == 2, result[start...].allSatisfy({ $0 == UInt8(ascii: ".") }) else {
            return false
        }
        result.removeLast(count)
        guard count == 2 else { return true }
        guard start > 1 else { throw .aboveRoot }
        result.removeLast()
        while result.last != Bytes.slash { result.removeLast() }
        return true
    }
}
