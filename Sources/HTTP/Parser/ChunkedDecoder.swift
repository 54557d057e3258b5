/// Reads content in the chunked coding (RFC 9112 section 7.1), bounded in every direction.
struct ChunkedDecoder {
    private enum State {
        case sizeStart, size, extensions, sizeLineFeed, data, dataReturn, dataLineFeed
        case trailerStart, trailer, trailerLineFeed, endLineFeed, done
    }

    private var state = State.sizeStart
    private var size = 0
    private var digits = 0
    /// Bytes that are not content: a client must not make us read much for little.
    private var overhead = 0
    private var lineLength = 0
    private var extensions = ChunkExtensions()
    private var trailerLength = 0
    private var trailerHasColon = false
    private var total = 0

    private static let lineLimit = 256
    private static let trailerLimit = 8192

    /// Whether the whole content was read.
    var isDone: Bool { state == .done }

    /// Takes bytes, appends the content to `body`, and says how many of them belong to this message.
    mutating func decode(_ bytes: Span<UInt8>, into body: inout [UInt8], limit: Int) throws(Rejection) -> Int {
        var index = 0
        while index < bytes.count, state != .done {
            if state == .data {
                index += copy(bytes, from: index, into: &body)
            } else {
                try step(bytes[index])
                index += 1
                overhead += 1
            }
            guard total <= limit else { throw .largeBody }
            guard overhead <= 16_384 + 8 * total else { throw .chunkExtension }
        }
        return index
    }

    private mutating func copy(_ bytes: Span<UInt8>, from start: Int, into body: inout [UInt8]) -> Int {
        let count = min(size, bytes.count - start)
        bytes.extracting(start..<(start + count)).withUnsafeBufferPointer { body.append(contentsOf: $0) }
        size -= count
        if size == 0 { state = .dataReturn }
        return count
    }

    private mutating func step(_ byte: UInt8) throws(Rejection) {
        switch state {
        case .sizeStart, .size: try readSize(byte)
        case .extensions: try readExtension(byte)
        case .sizeLineFeed: try endSize(byte)
        case .dataReturn: try expect(Bytes.carriageReturn, byte, .chunkEnd, then: .dataLineFeed)
        case .dataLineFeed: try expect(Bytes.lineFeed, byte, .chunkEnd, then: .sizeStart)
        case .trailerStart, .trailer: try readTrailer(byte)
        case .trailerLineFeed: try expect(Bytes.lineFeed, byte, .trailer, then: .trailerStart)
        case .endLineFeed: try expect(Bytes.lineFeed, byte, .trailer, then: .done)
        case .data, .done: break
        }
    }

    private mutating func expect(
        _ expected: UInt8, _ byte: UInt8, _ rejection: Rejection, then next: State
    ) throws(Rejection) {
        guard byte == expected else { throw rejection }
        state = next
    }

    /// SECURITY: hexadecimal digits only and at most 8, so the size cannot overflow.
    private mutating func readSize(_ byte: UInt8) throws(Rejection) {
        if state == .sizeStart { (size, digits, lineLength, state) = (0, 0, 0, .size) }
        if let digit = Bytes.hexValue(byte) {
            guard digits < 8 else { throw .chunkSize }
            size = size << 4 | Int(digit)
            digits += 1
        } else if digits > 0, ChunkExtensions.begins(with: byte) {
            (extensions, state) = (ChunkExtensions(), .extensions)
            try readExtension(byte)
        } else if digits > 0, byte == Bytes.carriageReturn {
            state = .sizeLineFeed
        } else {
            throw .chunkSize
        }
    }

    private mutating func readExtension(_ byte: UInt8) throws(Rejection) {
        lineLength += 1
        if byte == Bytes.carriageReturn, extensions.canEnd { return state = .sizeLineFeed }
        guard lineLength < Self.lineLimit, extensions.accept(byte) else { throw .chunkExtension }
    }

    private mutating func endSize(_ byte: UInt8) throws(Rejection) {
        guard byte == Bytes.lineFeed else { throw .chunkSize }
        total += size
        state = size == 0 ? .trailerStart : .data
    }

    /// Trailer fields are checked and dropped (RFC 9110 section 6.5.1).
    private mutating func readTrailer(_ byte: UInt8) throws(Rejection) {
        trailerLength += 1
        guard trailerLength <= Self.trailerLimit else { throw .trailer }
        switch state {
        case .trailerStart where byte == Bytes.carriageReturn: state = .endLineFeed
        case .trailerStart:
            guard Bytes.isToken(byte) else { throw .trailer }
            (trailerHasColon, state) = (false, .trailer)
        default: try readTrailerField(byte)
        }
    }

    private mutating func readTrailerField(_ byte: UInt8) throws(Rejection) {
        if trailerHasColon {
            if byte == Bytes.carriageReturn { return state = .trailerLineFeed }
            guard Bytes.isFieldValue(byte) else { throw .trailer }
        } else if byte == Bytes.colon {
            trailerHasColon = true
        } else if !Bytes.isToken(byte) {
            throw .trailer
        }
    }
}
