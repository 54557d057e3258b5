import Files
import Testing

@Suite struct BlockingThreadTests {
    private final class Held: Sendable {
        let number: Int
        init(_ number: Int) { self.number = number }
    }

    @Test func `what the work has used is let go before its result is there`() async throws {
        for number in 0..<5000 {
            weak var left: Held?
            do {
                let held = Held(number)
                left = held
                let seen = try await BlockingThread.run { [held] in held.number }
                #expect(seen == number)
            }
            guard left == nil else {
                Issue.record("It is held after run \(number)")
                return
            }
        }
    }
}
