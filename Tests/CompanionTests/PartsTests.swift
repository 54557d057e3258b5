import Glibc
import Testing

@testable import Companion

@Suite struct DeadlineQueueTests {
    @Test func `what comes out is what went in, sorted by time`() {
        var generator = SystemRandomNumberGenerator()
        for count in [0, 1, 2, 3, 10, 1000] {
            var queue = DeadlineQueue<Double>()
            // Few different times, so that there are equal ones.
            let times = (0..<count).map { _ in Double(Int.random(in: 0..<max(1, count / 2), using: &generator)) }
            for time in times { queue.insert(time, at: time) }
            #expect(queue.earliest == times.min())
            var out: [Double] = []
            while let time = queue.popDue(at: .infinity) { out.append(time) }
            #expect(out == times.sorted())
        }
    }

    @Test func `only what is due comes out, also when more comes in between`() {
        var queue = DeadlineQueue<String>()
        queue.insert("late", at: 3)
        queue.insert("early", at: 1)
        #expect(queue.popDue(at: 0.5) == nil)
        #expect(queue.popDue(at: 1) == "early")
        queue.insert("middle", at: 2)
        #expect(queue.earliest == 2)
        #expect(queue.popDue(at: 2.5) == "middle")
        #expect(queue.popDue(at: 2.5) == nil)
        #expect(queue.earliest == 3)
    }
}

@Suite struct EngineClockTests {
    @Test func `it begins with the machine's time and never goes back`() {
        let clock = EngineClock()
        var last = clock.now
        // `time` reads a coarser clock: this is about the epoch, not about precision.
        #expect(abs(last - Double(time(nil))) < 60)
        for _ in 0..<1000 {
            let now = clock.now
            #expect(now >= last)
            last = now
        }
    }
}

@Suite struct BoundedTableTests {
    @Test func `the oldest are forgotten, and setting again makes new`() {
        var table = BoundedTable<Int, String>(limit: 4)
        for key in 0..<4 { table[key] = "\(key)" }
        table[0] = "again"
        table[9] = "one too many"
        #expect(table.count == 2)
        #expect(table[0] == "again")
        #expect(table[9] == "one too many")
        #expect(table[3] == nil)
        table[0] = nil
        #expect(table.count == 1)
        for key in 0..<1000 { table[key] = "x" }
        #expect(table.count <= 4)
        #expect(table[999] == "x")
    }
}

@Suite struct LogTests {
    private func written(_ format: Log.Format, _ level: Log.Level = .info, _ write: (Log) -> Void) -> [String] {
        let lines = Lines()
        write(Log(level: level, format: format, now: { 1795243824.1249 }, write: lines.add))
        return lines.all
    }

    @Test func `one event is one line, whatever is in it`() {
        let nasty = "a\r\nwarning forged=1\u{1B}[2J\u{7F}\u{85}\u{9B}\u{2028}\u{202E}\u{FEFF}é\""
        for format in Log.Format.allCases {
            let lines = written(format) { $0.info("event", ["key": nasty]) }
            #expect(lines.count == 1)
            let isClean = lines[0].unicodeScalars.allSatisfy { scalar in
                scalar.value >= 0x20 && !(0x7F...0x9F).contains(scalar.value)
                    && scalar.properties.generalCategory != .format
                    && scalar.properties.generalCategory != .lineSeparator
            }
            #expect(isClean, "\(lines[0])")
        }
        #expect(
            written(.text) { $0.info("event", ["key": nasty]) } == [
                #"info event key="a\r\nwarning forged=1\u001b[2J\u007f\u0085\u009b\u2028\u202e\ufeffé\"""#
            ])
    }

    @Test func `text is for people, JSON for programs, both in the order of the names`() {
        let details = ["b": "two words", "a": "plain", "c": ""]
        #expect(written(.text) { $0.warning("it", details) } == [#"warning it a=plain b="two words" c="""#])
        #expect(
            written(.json) { $0.warning("it", details) } == [
                #"{"time":1795243824.125,"level":"warning","event":"it","a":"plain","b":"two words","c":""}"#
            ])
    }

    @Test func `a level includes those before it`() {
        func events(_ level: Log.Level) -> [String] {
            written(.text, level) {
                $0.warning("w")
                $0.info("i")
                $0.debug("d")
            }
        }
        #expect(events(.off) == [])
        #expect(events(.warning) == ["warning w"])
        #expect(events(.info) == ["warning w", "info i"])
        #expect(events(.debug) == ["warning w", "info i", "debug d"])
    }

    @Test func `an account is named with what happened to it`() {
        let key = FlowEngine.Key(provider: "trakt", id: AccountID(owner: "me", account: "alice"))
        #expect(
            written(.text) { $0.info("linked", key, ["method": "device"]) }
                == ["info linked account=alice method=device owner=me provider=trakt"])
    }
}
