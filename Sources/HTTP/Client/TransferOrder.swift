internal import Synchronization

/// Everything that the engine needs for one transfer; its ticket names it.
struct TransferOrder: Sendable {
    let request: ClientRequest
    let client: Client
    let target: ClientTarget
    let headerLines: [String]
    let ticket = TransferTicket()
}

/// Names one transfer, and remembers a cancellation that came before the transfer began.
final class TransferTicket: Sendable {
    private let cancelled = Atomic(false)

    var isCancelled: Bool { cancelled.load(ordering: .acquiring) }
    func cancel() { cancelled.store(true, ordering: .releasing) }
}
