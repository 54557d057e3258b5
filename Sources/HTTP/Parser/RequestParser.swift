/// Reads one request line and header section (RFC 9112 sections 2 to 5), byte by byte and only once.
///
/// It gets all bytes from the first one of the request and goes on where it stopped: the result is the same however
/// the bytes were cut. SECURITY: what is not in the grammar is refused, never repaired, because two programs that
/// repair differently can be made to see different requests (request smuggling).
struct RequestParser {
    /// What is known so far.
    enum Outcome: Equatable {
        case incomplete
        /// The head takes this many bytes; content or the next request follows.
        case complete(length: Int)
        case rejected(Rejection)
    }

    fileprivate enum State: UInt8 {
        case start, startLineFeed, method, target, version, lineFeed
        case fieldStart, fieldName, valueStart, value, valueLineFeed, endLineFeed, done
    }

    /// What was found; whole after `complete`.
    private(set) var head = RequestHead()
    private var state = State.start
    private var position: Int32 = 0
    /// Where the element that is being read begins.
    private var mark: Int32 = 0
    private var name = Piece.none
    private var lineStart: Int32 = 0
    private var fieldCount: Int32 = 0

    /// Takes the bytes from the beginning of the request to what was received last.
    mutating func parse(_ bytes: Span<UInt8>, limits: Limits) -> Outcome {
        do throws(Rejection) {
            while state != .done {
                let end = try limit(limits, bytes.count)
                guard at < end else { return .incomplete }
                try step(bytes, end, limits)
            }
        } catch {
            return .rejected(error)
        }
        return .complete(length: at)
    }

    @inline(__always)
    private var at: Int {
        get { Int(position) }
        set { position = Int32(truncatingIfNeeded: newValue) }
    }

    /// Up to where the present state may read. A limit counts only when it is reached: the cut of the bytes has no say.
    private func limit(_ limits: Limits, _ count: Int) throws(Rejection) -> Int {
        let isInLine = state.rawOrder <= State.lineFeed.rawOrder
        let most = isInLine ? Int(lineStart) + limits.requestLine : head.fields.start + limits.header
        guard at < most else { throw isInLine ? .longLine : .largeHeader }
        return min(count, most)
    }

    fileprivate mutating func step(_ bytes: Span<UInt8>, _ end: Int, _ limits: Limits) throws(Rejection) {
        switch state {
        case .start: try start(bytes[at])
        case .startLineFeed: try expectLineFeed(bytes[at], then: .method)
        case .method: try method(bytes, end)
        case .target: try target(bytes, end)
        case .version: try version(bytes, end)
        case .lineFeed: try requestLineEnd(bytes[at])
        case .fieldStart: try fieldStart(bytes[at])
        case .fieldName: try fieldName(bytes, end)
        case .valueStart: valueStart(bytes[at])
        case .value: try value(bytes, end)
        case .valueLineFeed: try fieldEnd(bytes, limits)
        case .endLineFeed: try headEnd(bytes[at])
        case .done: break
        }
    }
}

// MARK: - The request line

extension RequestParser {
    /// One empty line before the request line is forgiven (RFC 9112 section 2.2).
    fileprivate mutating func start(_ byte: UInt8) throws(Rejection) {
        guard byte == Bytes.carriageReturn else { return state = .method }
        state = .startLineFeed
        at += 1
    }

    fileprivate mutating func expectLineFeed(_ byte: UInt8, then next: State) throws(Rejection) {
        guard byte == Bytes.lineFeed else { throw .lineEnd }
        at += 1
        mark = position
        lineStart = position
        state = next
    }

    fileprivate mutating func method(_ bytes: Span<UInt8>, _ end: Int) throws(Rejection) {
        var index = at
        while index < end, Bytes.isToken(bytes[index]) { index &+= 1 }
        at = index
        guard index - Int(mark) <= 32 else { throw .unknownMethod }
        guard index < end else { return }
        guard bytes[index] == Bytes.space, index > Int(mark) else { throw .method }
        head.method = Piece(Int(mark), index)
        head.kind = Self.kind(bytes, head.method)
        at = index + 1
        mark = position
        state = .target
    }

    fileprivate static func kind(_ bytes: Span<UInt8>, _ method: Piece) -> RequestHead.Method {
        func matches(_ text: StaticString) -> Bool {
            text.withUTF8Buffer { expected in
                expected.indices.allSatisfy { bytes[method.start &+ $0] == expected[$0] }
            }
        }
        switch method.count {
        case 3 where matches("GET"): return .get
        case 4 where matches("HEAD"): return .head
        case 7 where matches("OPTIONS"): return .options
        case 7 where matches("CONNECT"): return .connect
        default: return .other
        }
    }

    fileprivate mutating func target(_ bytes: Span<UInt8>, _ end: Int) throws(Rejection) {
        var index = at
        while index < end, Bytes.isVisible(bytes[index]) { index &+= 1 }
        at = index
        guard index < end else { return }
        guard bytes[index] == Bytes.space, index > Int(mark) else { throw .target }
        head.target = Piece(Int(mark), index)
        at = index + 1
        mark = position
        state = .version
    }

    fileprivate mutating func version(_ bytes: Span<UInt8>, _ end: Int) throws(Rejection) {
        while at < end {
            let offset = at - Int(mark)
            guard Self.isVersion(bytes[at], at: offset) else { throw .version }
            if offset == 8 { break }
            at += 1
        }
        guard at < end else { return }
        let (major, minor) = (bytes[at - 3], bytes[at - 1])
        guard major == UInt8(ascii: "1") else { throw .otherVersion }
        // A later minor version is spoken to as the latest one known (RFC 9110 section 2.5).
        head.minorVersion = minor == UInt8(ascii: "0") ? 0 : 1
        at += 1
        state = .lineFeed
    }

    fileprivate static func isVersion(_ byte: UInt8, at offset: Int) -> Bool {
        switch offset {
        case 0: byte == UInt8(ascii: "H")
        case 1, 2: byte == UInt8(ascii: "T")
        case 3: byte == UInt8(ascii: "P")
        case 4: byte == Bytes.slash
        case 6: byte == UInt8(ascii: ".")
        case 8: byte == Bytes.carriageReturn
        default: Bytes.isDigit(byte)
        }
    }

    fileprivate mutating func requestLineEnd(_ byte: UInt8) throws(Rejection) {
        try expectLineFeed(byte, then: .fieldStart)
        head.fields = Piece(at, at)
    }
}

// MARK: - The header section

extension RequestParser {
    fileprivate mutating func fieldStart(_ byte: UInt8) throws(Rejection) {
        mark = position
        if byte == Bytes.carriageReturn {
            state = .endLineFeed
            at += 1
        } else if byte == Bytes.space || byte == Bytes.tab {
            throw .fold
        } else {
            state = .fieldName
        }
    }

    fileprivate mutating func fieldName(_ bytes: Span<UInt8>, _ end: Int) throws(Rejection) {
        var index = at
        while index < end, Bytes.isToken(bytes[index]) { index &+= 1 }
        at = index
        guard index < end else { return }
        guard bytes[index] == Bytes.colon, index > Int(mark) else { throw .fieldName }
        name = Piece(Int(mark), index)
        at = index + 1
        state = .valueStart
    }

    fileprivate mutating func valueStart(_ byte: UInt8) {
        if byte == Bytes.space || byte == Bytes.tab {
            at += 1
        } else {
            mark = position
            state = .value
        }
    }

    fileprivate mutating func value(_ bytes: Span<UInt8>, _ end: Int) throws(Rejection) {
        var index = at
        while index < end, Bytes.isFieldValue(bytes[index]) { index &+= 1 }
        at = index
        guard index < end else { return }
        guard bytes[index] == Bytes.carriageReturn else {
            throw bytes[index] == Bytes.lineFeed ? .lineEnd : .fieldValue
        }
        at = index + 1
        state = .valueLineFeed
    }

    fileprivate mutating func fieldEnd(_ bytes: Span<UInt8>, _ limits: Limits) throws(Rejection) {
        guard bytes[at] == Bytes.lineFeed else { throw .lineEnd }
        var end = at - 1
        while end > Int(mark), bytes[end - 1] == Bytes.space || bytes[end - 1] == Bytes.tab { end -= 1 }
        fieldCount += 1
        guard fieldCount <= limits.fields else { throw .tooManyFields }
        try head.note(bytes, name, Piece(Int(mark), end))
        at += 1
        state = .fieldStart
    }

    fileprivate mutating func headEnd(_ byte: UInt8) throws(Rejection) {
        guard byte == Bytes.lineFeed else { throw .lineEnd }
        head.fields = Piece(head.fields.start, at - 1)
        try head.check()
        at += 1
        state = .done
    }
}

extension RequestParser.State {
    /// The order in which the states come.
    @inline(__always)
    fileprivate var rawOrder: Int { Int(rawValue) }
}
