/// The bytes that a rendering has made so far: memory of its own, so that appending is a comparison and a copy.
///
/// Whoever makes one frees it.
struct Output {
    private(set) var count = 0
    private var bytes: UnsafeMutablePointer<UInt8>
    private var capacity: Int

    /// Room for some bytes at first.
    init(reserving capacity: Int) {
        self.capacity = max(capacity, 64)
        bytes = .allocate(capacity: self.capacity)
    }

    func free() { bytes.deallocate() }

    /// A copy of the bytes.
    var array: [UInt8] { Array(UnsafeBufferPointer(start: bytes, count: count)) }

    var last: UInt8? { count > 0 ? bytes[count - 1] : nil }

    @inline(__always)
    mutating func append(_ added: UnsafeBufferPointer<UInt8>) {
        guard let start = added.baseAddress else { return }
        append(start, added.count)
    }

    @inline(__always)
    mutating func append(_ start: UnsafePointer<UInt8>, _ added: Int) {
        if added > capacity &- count { grow(by: added) }
        (bytes + count).initialize(from: start, count: added)
        count &+= added
    }

    mutating func append(_ added: [UInt8]) {
        added.withUnsafeBufferPointer { append($0) }
    }

    @inline(never)
    private mutating func grow(by added: Int) {
        // `count` and `added` are sizes of memory that exists, so that neither sum nor product overflows.
        capacity = max(count + added, capacity * 2)
        let larger = UnsafeMutablePointer<UInt8>.allocate(capacity: capacity)
        larger.moveInitialize(from: bytes, count: count)
        bytes.deallocate()
        bytes = larger
    }
}
