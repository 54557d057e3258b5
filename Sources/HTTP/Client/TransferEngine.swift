internal import CCurl
internal import Files
internal import Synchronization

/// The thread that drives all transfers of the process. It begins with the first request and sleeps between requests.
final class TransferEngine: Sendable {
    static let shared = TransferEngine()

    private enum Command: Sendable {
        case start(TransferOrder, CheckedContinuation<Transfer.Outcome, Never>)
        case cancel(TransferTicket)
    }

    /// libcurl's multi handle. Threads other than its own only call `curl_multi_wakeup`, which allows that.
    private struct Multi: @unchecked Sendable {
        let pointer: UnsafeMutableRawPointer
    }

    private let multi: Multi?
    private let commands = Mutex<[Command]>([])

    private init() {
        lk_curl_global_init(Int(CURL_GLOBAL_DEFAULT))
        multi = lk_curl_multi_init().map(Multi.init)
        guard let multi else { return }
        // More requests than this wait for a connection; their time runs meanwhile.
        lk_curl_multi_set_long(multi.pointer, CURLMOPT_MAX_TOTAL_CONNECTIONS, 128)
        lk_curl_multi_set_long(multi.pointer, CURLMOPT_MAX_HOST_CONNECTIONS, 32)
        lk_curl_multi_set_long(multi.pointer, CURLMOPT_MAXCONNECTS, 32)
        do {
            try BlockingThread.start { [self] in run(multi.pointer) }
        } catch {
            isBroken.store(true, ordering: .releasing)
        }
    }

    private let isBroken = Atomic(false)

    func start(_ order: TransferOrder, _ continuation: CheckedContinuation<Transfer.Outcome, Never>) {
        guard let multi, !isBroken.load(ordering: .acquiring) else {
            return continuation.resume(returning: .failure(.malformed("libcurl could not start")))
        }
        commands.withLock { $0.append(.start(order, continuation)) }
        lk_curl_multi_wakeup(multi.pointer)
    }

    func cancel(_ ticket: TransferTicket) {
        ticket.cancel()
        guard let multi else { return }
        commands.withLock { $0.append(.cancel(ticket)) }
        lk_curl_multi_wakeup(multi.pointer)
    }

    private func run(_ multi: UnsafeMutableRawPointer) {
        var transfers: [ObjectIdentifier: Transfer] = [:]
        while true {
            for command in takeCommands() { handle(command, multi, &transfers) }
            var count: Int32 = 0
            lk_curl_multi_perform(multi, &count)
            finishDone(multi, &transfers)
            // libcurl wakes up earlier for its own deadlines, and at once for a wake-up.
            lk_curl_multi_poll(multi, nil, 0, transfers.isEmpty ? 600_000 : 60_000, nil)
        }
    }

    private func takeCommands() -> [Command] {
        commands.withLock { commands in
            defer { commands = [] }
            return commands
        }
    }

    private func handle(
        _ command: Command, _ multi: UnsafeMutableRawPointer, _ transfers: inout [ObjectIdentifier: Transfer]
    ) {
        switch command {
        case .start(let order, let continuation):
            guard let transfer = Transfer(order, continuation) else { return }
            guard !order.ticket.isCancelled else { return transfer.cancel() }
            if transfer.begin(on: multi) { transfers[ObjectIdentifier(order.ticket)] = transfer }
        case .cancel(let ticket):
            guard let transfer = transfers.removeValue(forKey: ObjectIdentifier(ticket)) else { return }
            lk_curl_multi_remove_handle(multi, transfer.handle)
            transfer.cancel()
        }
    }

    private func finishDone(_ multi: UnsafeMutableRawPointer, _ transfers: inout [ObjectIdentifier: Transfer]) {
        var left: Int32 = 0
        while let message = lk_curl_multi_info_read(multi, &left) {
            guard message.pointee.msg == CURLMSG_DONE, let handle = message.pointee.easy_handle else { continue }
            let code = message.pointee.data.result
            var pointer: UnsafeMutableRawPointer?
            lk_curl_get_pointer(handle, CURLINFO_PRIVATE, &pointer)
            guard let transfer = Transfer.of(pointer) else { continue }
            lk_curl_multi_remove_handle(multi, handle)
            transfers[ObjectIdentifier(transfer.order.ticket)] = nil
            transfer.finish(code)
        }
    }
}
