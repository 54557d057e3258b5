/// So many at a time at each place, such as a server; the others wait in their order. One that hangs keeps only its own
/// waiting.
actor Slots {
    private struct Place {
        var taken = 0
        var waiting: [CheckedContinuation<Void, Never>] = []
        var first = 0
    }

    private let count: Int
    /// Those where something is done just now.
    private var places: [String: Place] = [:]

    /// - Parameter count: how many there are at each place.
    init(_ count: Int) { self.count = count }

    /// Whether nothing is done anywhere.
    var isIdle: Bool { places.isEmpty }

    /// Does something when there is a slot for it.
    ///
    /// - Parameter place: where; the same for all who name none.
    func run<Value: Sendable>(at place: String = "", _ body: @Sendable () async -> Value) async -> Value {
        await enter(place)
        let value = await body()
        leave(place)
        return value
    }

    private func enter(_ place: String) async {
        if places[place, default: Place()].taken < count {
            places[place, default: Place()].taken += 1
            return
        }
        await withCheckedContinuation { places[place]?.waiting.append($0) }
    }

    /// Whoever has waited longest takes the slot; with the last one the place is forgotten.
    private func leave(_ place: String) {
        guard let first = places[place]?.first, let waiting = places[place]?.waiting.count else { return }
        if first < waiting {
            places[place]?.first += 1
            places[place]?.waiting[first].resume()
            // A queue that is never empty forgets those that are gone now and then.
            if first > 64, first > waiting / 2 {
                places[place]?.waiting.removeFirst(first + 1)
                places[place]?.first = 0
            }
        } else {
            places[place]?.waiting.removeAll(keepingCapacity: true)
            places[place]?.first = 0
            places[place]?.taken -= 1
            if places[place]?.taken == 0 { places[place] = nil }
        }
    }
}
