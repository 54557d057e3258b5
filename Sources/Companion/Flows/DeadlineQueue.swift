/// Things that are due at some time, the earliest first: a binary heap.
struct DeadlineQueue<Element> {
    private var entries: [(time: Double, element: Element)] = []

    /// The earliest time, if anything is there.
    var earliest: Double? { entries.first?.time }

    /// How many there are.
    var count: Int { entries.count }

    /// Forgets all that does not fit.
    mutating func keep(where fits: (Element) -> Bool) {
        let kept = entries.filter { fits($0.element) }
        entries = []
        for entry in kept { insert(entry.element, at: entry.time) }
    }

    /// Adds something.
    mutating func insert(_ element: Element, at time: Double) {
        entries.append((time, element))
        var child = entries.count - 1
        while child > 0, entries[child].time < entries[(child - 1) / 2].time {
            entries.swapAt(child, (child - 1) / 2)
            child = (child - 1) / 2
        }
    }

    /// Takes the earliest entry, if it is due.
    mutating func popDue(at now: Double) -> Element? {
        guard let first = entries.first, first.time <= now else { return nil }
        let last = entries.removeLast()
        if !entries.isEmpty {
            entries[0] = last
            siftDown()
        }
        return first.element
    }

    private mutating func siftDown() {
        var parent = 0
        while true {
            let left = 2 * parent + 1
            guard left < entries.count else { return }
            let right = left + 1
            let least = right < entries.count && entries[right].time < entries[left].time ? right : left
            guard entries[least].time < entries[parent].time else { return }
            entries.swapAt(parent, least)
            parent = least
        }
    }
}
