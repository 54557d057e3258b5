import Providers
import Testing

/// When it is time for new tokens, by table. Times are seconds since 1970.
@Suite struct TokenLifeTests {
    private func life(_ obtained: Double?, _ expires: Double?) -> TokenLife {
        TokenLife(obtainedAt: obtained, expiresAt: expires)
    }

    @Test func `tokens are renewed around half of their life, each account at another moment`() {
        let day = life(1_000_000, 1_086_400)
        #expect(day.refreshAt(spread: 0) == 1_000_000 + 86_400 * 0.45)
        #expect(day.refreshAt(spread: 1) == 1_000_000 + 86_400 * 0.55)
        #expect(!day.isDue(at: 1_038_000, spread: 0) && day.isDue(at: 1_039_000, spread: 0))
    }

    @Test(arguments: [(60.0, 6.0), (3000.0, 300.0), (86_400.0, 300.0), (1e10, 300.0), (0.0, 0.0)])
    func `the margin before the end is a tenth of the life, five minutes at most`(length: Double, margin: Double) {
        let life = life(1_000_000, 1_000_000 + length)
        #expect(life.margin == margin)
        #expect(life.isClosing(at: 1_000_000 + length - margin))
        #expect(length == 0 || !life.isClosing(at: 1_000_000 + length - margin - 1))
    }

    @Test func `tokens whose beginning is not known are renewed at the margin`() {
        #expect(life(nil, 2_000_000).refreshAt(spread: 0.5) == 1_999_700.0)
    }

    @Test func `tokens that do not end are not renewed by time`() {
        #expect(life(1_000_000, nil).refreshAt(spread: 0) == nil)
        #expect(!life(1_000_000, nil).isDue(at: 9e12, spread: 0))
        #expect(!life(1_000_000, nil).isExpired(at: 9e12) && !life(1_000_000, nil).isClosing(at: 9e12))
        #expect(life(1_000_000, nil).remindAt == nil)
    }

    @Test func `a clock that was wrong when the tokens came makes them due, whichever way it jumps`() {
        // They came in 1970, as a machine without a clock believed.
        #expect(life(1000, 87_400).isDue(at: 1_790_000_000, spread: 0))
        // They came in the future.
        #expect(life(1_900_000_000, 1_900_086_400).isDue(at: 1_790_000_000, spread: 0))
        // A few minutes are no jump.
        #expect(!life(1_790_000_200, 1_790_086_600).isDue(at: 1_790_000_000, spread: 0))
    }

    @Test func `an end before the beginning is an end`() {
        let broken = life(1_000_000, 999_000)
        #expect(broken.isExpired(at: 1_000_000) && broken.isDue(at: 1_000_000, spread: 1))
        #expect(broken.margin == 0)
    }

    /// A life and how long before its end people are reminded, in seconds.
    private static let reminders: [(Double, Double)] = [(31_536_000, 1_209_600), (691_200, 172_800), (3600, 900)]

    @Test(arguments: reminders)
    func `people are reminded in the last quarter, two weeks before the end at most`(length: Double, before: Double) {
        let end = 1_000_000 + length
        #expect(life(1_000_000, end).remindAt == end - before)
    }

    @Test func `what is stored is read, whatever it is`() {
        #expect(TokenLife(stored: ["obtained_at": 5, "linked_at": 3, "expires_at": 7]) == life(5, 7))
        #expect(TokenLife(stored: ["linked_at": 3, "expires_at": "7"]) == life(3, 7))
        #expect(TokenLife(stored: ["obtained_at": "x", "expires_at": -1]) == life(nil, nil))
        #expect(TokenLife(stored: .null) == life(nil, nil))
    }
}
