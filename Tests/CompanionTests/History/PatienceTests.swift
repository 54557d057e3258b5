import Providers
import Testing

@testable import Companion

/// How long a synchronisation waits, and when it gives up.
@Suite struct PatienceTests {
    private let problem = FlowProblem(code: "unreachable", message: "It could not be reached.")

    @Test func `without a word of the provider the pauses double up to a minute, and eight are enough`() {
        var patience = HistorySync.Patience()
        let pauses = (0..<9).map { _ in patience.pause(after: nil, problem) }
        #expect(pauses == [1, 2, 4, 8, 16, 32, 60, 60, nil])
        #expect(patience.message == "It could not be reached.")
        patience.renew()
        #expect(patience.pause(after: nil, problem) == 1)
    }

    @Test func `what the provider asks for is kept to the second, up to an hour`() {
        var patience = HistorySync.Patience()
        #expect(patience.pause(after: 7, problem) == 7)
        #expect(patience.pause(after: 0, problem) == 1)
        #expect(patience.pause(after: 3600, problem) == 3600)
        #expect(patience.pause(after: 3601, problem) == nil)
        patience.renew()
        let pauses = (0..<101).map { _ in patience.pause(after: 2, problem) }
        #expect(pauses.dropLast().allSatisfy { $0 == 2 } && pauses.last == .some(nil))
    }
}
