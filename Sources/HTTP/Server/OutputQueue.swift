/// What a connection still has to send. Mostly it is empty: responses go out in one call.
struct OutputQueue {
    fileprivate enum Source {
        case bytes([UInt8])
        case image(SiteImage)
    }

    fileprivate struct Segment {
        let source: Source
        var range: Range<Int>
    }

    private var segments: [Segment] = []

    var isEmpty: Bool { segments.isEmpty }

    mutating func append(_ bytes: [UInt8]) {
        if !bytes.isEmpty { segments.append(Segment(source: .bytes(bytes), range: bytes.indices)) }
    }

    /// A range of a site's responses; the site lives as long as they are not sent.
    mutating func append(_ image: SiteImage, _ range: Range<Int>) {
        if !range.isEmpty { segments.append(Segment(source: .image(image), range: range)) }
    }

    mutating func removeAll() { segments = [] }

    /// Sends as much as goes; `.moved` says how much, also when more is left.
    mutating func send(to number: Int32) -> IOResult {
        var total = 0
        while let first = segments.first {
            let result = first.withBytes { Socket.send(number, $0) }
            guard case .moved(let count) = result else {
                return total > 0 && result == .wouldBlock ? .moved(total) : result
            }
            total += count
            guard count == first.range.count else {
                segments[0].range = first.range.lowerBound + count..<first.range.upperBound
                return .moved(total)
            }
            segments.removeFirst()
        }
        return .moved(total)
    }
}

extension OutputQueue.Segment {
    fileprivate func withBytes<Result>(_ body: (UnsafeRawBufferPointer) -> Result) -> Result {
        let bytes =
            switch source {
            case .bytes(let bytes): bytes
            case .image(let image): image.bytes
            }
        return bytes.withUnsafeBytes { body(UnsafeRawBufferPointer(rebasing: $0[range])) }
    }
}
