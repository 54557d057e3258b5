import Testing

@testable import HTTP

@Suite struct TimerListsTests {
    @Test func `deadlines come in the order of their times, whatever was set and taken away`() {
        var random = SplitMix(state: 3)
        var timers = TimerLists(Limits())
        var expected: [Int: Int64] = [:]
        let lengths: [TimerLists.Class: Int64] = [
            .header: 10_000, .body: 10_000, .answer: 60_000, .idle: 75_000, .write: 30_000, .linger: 2000,
            .heartbeat: 15_000,
        ]
        var now: Int64 = 0
        var wrong = 0
        for _ in 0..<20_000 {
            now += Int64(random.next() % 200)
            let slot = Int(random.next() % 50)
            let timer = TimerLists.Class.allCases[Int(random.next() % 7)]
            if random.next() % 4 == 0 {
                timers.clear(slot)
                expected[slot] = nil
            } else {
                timers.set(slot, timer, now: now)
                expected[slot] = now + (lengths[timer] ?? 0)
                if timers.current(slot) != timer { wrong += 1 }
            }
            while let (slot, _) = timers.expired(now: now) {
                if (expected.removeValue(forKey: slot) ?? .max) > now { wrong += 1 }
            }
            if timers.next != expected.values.min() || expected.values.contains(where: { $0 <= now }) { wrong += 1 }
        }
        #expect(wrong == 0)
    }

    @Test func `other lengths move the deadlines that are set`() {
        var limits = Limits()
        var timers = TimerLists(limits)
        timers.set(0, .idle, now: 0)
        timers.set(1, .idle, now: 10)
        timers.set(2, .header, now: 20)
        (limits.idleTime, limits.headerTime) = (.seconds(1), .seconds(5))
        timers.adopt(limits)
        #expect(timers.next == 1000)
        timers.set(3, .idle, now: 30)
        var order: [Int] = []
        while let (slot, _) = timers.expired(now: 1030) { order.append(slot) }
        #expect(order == [0, 1, 3] && timers.next == 5020)
    }
}
