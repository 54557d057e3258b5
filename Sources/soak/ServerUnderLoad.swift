import Files
import Glibc
import HTTP
import Simulator
import Synchronization
import TestSupport

/// `latchkey serve` in a process of its own, which is killed, stopped, started again and told to reload.
final class ServerUnderLoad: Sendable {
    private struct State {
        var running: RunningLatchkey?
        /// Grows with each end of the process: a request that was under way then may go without an answer.
        var life = 0
        var isUp = false
    }

    let providers: SimulatorServer
    let folder: TemporaryFolder
    let port: Int
    private let binary: String
    private let state = Mutex(State())

    init(binary: String) throws {
        self.binary = binary
        providers = try SimulatorServer()
        folder = try TemporaryFolder()
        guard let port = Loopback.freePort() else { throw Problem(description: "no free port") }
        self.port = port
        for provider in SimulatedProvider.allCases { providers.simulator.configure(provider) { $0.interval = 1 } }
        try Files.makeFolder(folder("site"))
    }

    var url: String { "http://127.0.0.1:\(port)" }

    /// The life that goes on now; nil while there is none.
    var life: Int? { state.withLock { $0.isUp ? $0.life : nil } }

    func start() async throws {
        let hosts = providers.hosts.sorted { $0.key < $1.key }.flatMap { ["--host", "\($0.key)=\($0.value)"] }
        let running = try await RunningLatchkey(
            [
                "serve", "--site", folder("site"), "--data", folder("data"), "--listen", "127.0.0.1:\(port)",
                "--log-level", "warning",
            ] + hosts,
            environment: ["HOME": folder.path], folder: "/", binary: binary)
        state.withLock { ($0.running, $0.isUp) = (running, true) }
    }

    /// Ends it as a crash does, or in good order, and starts it again.
    func restart(orderly: Bool, _ ledger: Ledger) async throws {
        let running = state.withLock { state in
            state.life += 1
            state.isUp = false
            return state.running
        }
        if orderly {
            if await running?.process.terminate(within: .seconds(30)) != .exited(code: 0) {
                ledger.note("SIGTERM did not end the server in good order")
            }
        } else {
            running?.process.kill()
            _ = await running?.process.waitForEnd()
        }
        try await start()
        ledger.count(orderly ? "stops" : "kills")
    }

    /// Gives it another configuration, and tells it so.
    func reload(_ number: Int) throws {
        try folder.write("{ title: \"Soak \(number)\" }\n", to: "site/latchkey.json5")
        state.withLock { $0.running }?.process.signal(SIGHUP)
    }

    func end() async -> Bool {
        await state.withLock { $0.running }?.process.terminate(within: .seconds(30)) == .exited(code: 0)
    }

    /// Resident memory in MiB, and open descriptors.
    func sizes() -> (memory: Double, descriptors: Int)? {
        guard let id = state.withLock({ $0.isUp ? $0.running?.process.id : nil }),
            let bytes = try? Files.read("/proc/\(id)/statm", limit: 4096),
            let names = try? Files.names(in: "/proc/\(id)/fd")
        else { return nil }
        let words = String(decoding: bytes, as: UTF8.self).split(separator: " ")
        guard words.count > 1, let pages = Double(words[1]) else { return nil }
        return (pages * Double(sysconf(Int32(_SC_PAGESIZE))) / 1_048_576, names.count)
    }
}

/// Why the soak could not be done.
struct Problem: Error, CustomStringConvertible {
    let description: String
}
