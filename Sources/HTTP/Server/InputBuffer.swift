/// The bytes of a connection that were received but not used yet. An empty one holds no memory.
struct InputBuffer {
    private var memory: UnsafeMutableRawBufferPointer?
    private var start = 0
    private var end = 0

    var isEmpty: Bool { start == end }
    var count: Int { end - start }

    /// What is there.
    var readable: UnsafeRawBufferPointer {
        guard let memory else { return UnsafeRawBufferPointer(start: nil, count: 0) }
        return UnsafeRawBufferPointer(rebasing: memory[start..<end])
    }

    /// Room for at least `count` more bytes.
    mutating func room(_ count: Int, _ pool: inout BufferPool) -> UnsafeMutableRawBufferPointer {
        let old = memory ?? pool.take()
        memory = old
        if old.count - end >= count { return UnsafeMutableRawBufferPointer(rebasing: old[end...]) }
        let used = end - start
        let new = old.count - used >= count ? old : pool.take(atLeast: max(used + count, old.count * 2))
        new.copyMemory(from: UnsafeRawBufferPointer(rebasing: old[start..<end]))
        if new.baseAddress != old.baseAddress { pool.give(back: old) }
        (memory, start, end) = (new, 0, used)
        return UnsafeMutableRawBufferPointer(rebasing: new[used...])
    }

    /// `count` bytes were put into the room.
    mutating func filled(_ count: Int) { end += count }

    /// The first `count` bytes are used up.
    mutating func drop(_ count: Int, _ pool: inout BufferPool) {
        start += count
        if start == end { release(&pool) }
    }

    /// Gives the memory back.
    mutating func release(_ pool: inout BufferPool) {
        if let memory { pool.give(back: memory) }
        (memory, start, end) = (nil, 0, 0)
    }
}

/// Memory for the input of a loop's connections; what is given back is used again.
struct BufferPool {
    static let size = 8192
    private static let most = 64
    private var free: [UnsafeMutableRawBufferPointer] = []
    /// The bytes of memory that connections hold now.
    private(set) var lent = 0

    mutating func take() -> UnsafeMutableRawBufferPointer {
        lent += Self.size
        return free.popLast() ?? .allocate(byteCount: Self.size, alignment: 16)
    }

    mutating func take(atLeast count: Int) -> UnsafeMutableRawBufferPointer {
        if count <= Self.size { return take() }
        lent += count
        return .allocate(byteCount: count, alignment: 16)
    }

    mutating func give(back memory: UnsafeMutableRawBufferPointer) {
        lent -= memory.count
        if memory.count == Self.size, free.count < Self.most { free.append(memory) } else { memory.deallocate() }
    }

    mutating func removeAll() {
        free.forEach { $0.deallocate() }
        free.removeAll()
    }
}
