import Glibc
import TestSupport

/// Runs the server under mixed load for some minutes (`make soak MINUTES=60`) and says whether it grew, lost a write or
/// left a request without an answer.
///
/// A quarter of the time the process is killed and stopped again and again; then it runs on under the same load, with
/// its configuration changed every few seconds, and must not grow.
@main
enum Soak {
    static func main() async {
        do {
            let words = CommandLine.arguments
            guard words.count == 3, let minutes = Double(words[2]), minutes > 0 else {
                throw Problem(description: "usage: soak LATCHKEY MINUTES")
            }
            let troubles = try await run(binary: words[1], seconds: minutes * 60)
            troubles.forEach { print("TROUBLE: \($0)") }
            print(
                troubles.isEmpty ? "Nothing lost, nothing grown, everything answered." : "\(troubles.count) troubles.")
            exit(troubles.isEmpty ? 0 : 1)
        } catch {
            print("soak: \(error)")
            exit(2)
        }
    }

    private static func run(binary: String, seconds: Double) async throws -> [String] {
        let (server, ledger) = (try ServerUnderLoad(binary: binary), Ledger())
        try await server.start()
        let load = Task { await Load(server, ledger).run() }
        try await churn(server, ledger, until: .now + .seconds(seconds / 4))
        let growth = try await watch(server, until: .now + .seconds(seconds * 3 / 4))
        load.cancel()
        await load.value
        if await !server.end() { ledger.note("the server did not end in good order") }
        for (what, count) in ledger.counts { print("\(what): \(count)") }
        for what in ["answers", "writes", "sign-ins", "events", "kills", "stops"] where ledger[what] == 0 {
            ledger.note("there were no \(what)")
        }
        return ledger.troubles + growth
    }

    /// Ends the process again and again.
    private static func churn(
        _ server: ServerUnderLoad, _ ledger: Ledger, until end: ContinuousClock.Instant
    ) async throws {
        var round = 0
        while ContinuousClock.now < end {
            try await Task.sleep(for: .seconds(2))
            try await server.restart(orderly: round % 3 == 2, ledger)
            round += 1
        }
    }

    /// Samples memory and descriptors; the last quarter must not be larger than the second, when everything is warm.
    private static func watch(_ server: ServerUnderLoad, until end: ContinuousClock.Instant) async throws -> [String] {
        var samples: [(memory: Double, descriptors: Int)] = []
        var round = 0
        while ContinuousClock.now < end {
            try await Task.sleep(for: .seconds(1))
            if let sizes = server.sizes() { samples.append(sizes) }
            round += 1
            if round % 10 == 0 { try server.reload(round) }
        }
        guard samples.count >= 8 else { return ["the soak was too short to see growth"] }
        let quarter = samples.count / 4
        let (early, late) = (samples[quarter..<2 * quarter], samples[3 * quarter..<4 * quarter])
        let memory = (early.map(\.memory).median, late.map(\.memory).median)
        let descriptors = (
            early.map { Double($0.descriptors) }.median, late.map { Double($0.descriptors) }.median
        )
        print("memory: \(rounded(memory.0)) MiB, later \(rounded(memory.1)) MiB")
        print("descriptors: \(rounded(descriptors.0)), later \(rounded(descriptors.1))")
        var troubles: [String] = []
        if memory.1 > memory.0 * 1.1 + 2 { troubles.append("memory grew") }
        if descriptors.1 > descriptors.0 + 20 { troubles.append("descriptors grew") }
        return troubles
    }

    private static func rounded(_ value: Double) -> Double { (value * 10).rounded() / 10 }
}

extension [Double] {
    /// The middle of the sorted values; 0 of none.
    fileprivate var median: Double { isEmpty ? 0 : sorted()[count / 2] }
}
