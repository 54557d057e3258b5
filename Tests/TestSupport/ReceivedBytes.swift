/// Bytes that were received and not taken yet.
struct ReceivedBytes {
    private var bytes: [UInt8] = []
    private var start = 0

    var count: Int { bytes.count - start }

    mutating func append(_ more: [UInt8]) {
        bytes += more
    }

    /// The number of bytes up to and with the first `end`.
    func count(through end: [UInt8]) -> Int? {
        guard let last = end.last else { return 0 }
        return bytes.withUnsafeBufferPointer { bytes in
            var index = start + end.count - 1
            while index < bytes.count {
                let first = index + 1 - end.count
                if bytes[index] == last, bytes[first...index].elementsEqual(end) { return index + 1 - start }
                index += 1
            }
            return nil
        }
    }

    mutating func take(_ count: Int) -> [UInt8] {
        let taken = Array(bytes[start..<start + count])
        start += count
        if start == bytes.count { (bytes, start) = ([], 0) }
        return taken
    }
}
