/// So many at a time at each server; the others wait in their order. One that hangs keeps only its own waiting.
actor Slots {
    private struct Server {
        var taken = 0
        var waiting: [CheckedContinuation<Void, Never>] = []
        var first = 0
    }

    private let count: Int
    /// Those where something is done just now.
    private var servers: [String: Server] = [:]

    /// - Parameter count: how many there are of each server.
    init(_ count: Int) { self.count = count }

    /// Whether nothing is done anywhere.
    var isIdle: Bool { servers.isEmpty }

    /// Does something when there is a slot for it.
    func run<Value: Sendable>(at server: String, _ body: @Sendable () async -> Value) async -> Value {
        await enter(server)
        let value = await body()
        leave(server)
        return value
    }

    private func enter(_ server: String) async {
        if servers[server, default: Server()].taken < count {
            servers[server, default: Server()].taken += 1
            return
        }
        await withCheckedContinuation { servers[server]?.waiting.append($0) }
    }

    /// Whoever has waited longest takes the slot; with the last one the server is forgotten.
    private func leave(_ server: String) {
        guard let first = servers[server]?.first, let waiting = servers[server]?.waiting.count else { return }
        if first < waiting {
            servers[server]?.first += 1
            servers[server]?.waiting[first].resume()
        } else {
            servers[server]?.waiting.removeAll(keepingCapacity: true)
            servers[server]?.first = 0
            servers[server]?.taken -= 1
            if servers[server]?.taken == 0 { servers[server] = nil }
        }
    }
}
