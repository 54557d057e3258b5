internal import HTTP
internal import JSON
internal import Providers

/// Who is working a status out, and how often it has changed since they began.
struct Readers {
    var count = 0
    var changes = 0
}

/// The pages that listen are told how accounts stand.
extension FlowEngine {
    /// Tells all pages that listen how the account stands now.
    func publish(_ key: Key) async {
        readers[key]?.changes += 1
        guard parts.events.isHeard(key.id), let provider = parts.catalogue[key.provider] else { return }
        // Who cannot be told now is told with the next change.
        try? await tell(provider, key) { parts.events.publish("status", $0, id: key.id) }
    }

    /// Tells a page that has just begun to listen how all providers stand.
    func greet(_ stream: EventStream, _ id: AccountID) async throws(Problem) {
        for provider in parts.catalogue.providers {
            try await tell(provider, Key(provider: provider.name, id: id)) {
                stream.send(event: "status", data: String(decoding: $0.encoded(), as: UTF8.self))
            }
        }
    }

    /// The app keys were changed: what the last sign-in said of them may be untrue now.
    func forgetOutcome(_ key: Key) async {
        outcomes[key] = nil
        await publish(key)
    }

    /// Works the status out and sends it. What is out of date by the time it is ready is not sent but worked out again,
    /// so the last thing that a page hears is how it is.
    private func tell(_ provider: Provider, _ key: Key, _ send: (JSON) -> Void) async throws(Problem) {
        readers[key, default: Readers()].count += 1
        defer {
            readers[key]?.count -= 1
            if readers[key]?.count == 0 { readers[key] = nil }
        }
        while true {
            let changes = readers[key]?.changes
            let status = try await status(provider, key.id)
            if readers[key]?.changes == changes { return send(status) }
        }
    }
}
