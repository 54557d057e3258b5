import Providers
import Testing

@testable import Companion

/// Which page comes after one.
@Suite struct HistoryWalkTests {
    private let walk = HistoryWalk(first: 1, limit: 10)
    private let now = 1_790_000_000

    private func page(_ count: Int, pages: Int? = nil, items: Int? = nil) -> HistoryPage {
        let plays = (0..<count).map {
            HistoryPlay(id: "\($0)", watchedAt: $0, key: "\($0)", title: HistoryTitle(title: "\($0)"))
        }
        return HistoryPage(plays: plays, pages: pages, items: items)
    }

    /// A ledger whose plays were all seen so many seconds ago.
    private func ledger(_ plays: Int, wholeAgo: Int? = nil) -> HistoryLedger {
        var ledger = HistoryLedger()
        for record in [HistoryRecord.page(ledger.record(page(plays), walk: 1, next: nil, at: now))] {
            ledger.apply(record)
        }
        if let wholeAgo { ledger.apply(.end(.init(walk: 1, isWhole: true, at: now - wholeAgo))) }
        return ledger
    }

    private func next(
        _ number: Int, _ page: HistoryPage, _ ledger: HistoryLedger, fresh: Int = 0, walk: HistoryWalk? = nil
    ) -> Int? {
        (walk ?? self.walk).next(after: number, page, ledger, fresh: fresh, at: now)
    }

    @Test func `the first walk sees every page`() {
        #expect(next(1, page(10, pages: 3, items: 25), HistoryLedger(), fresh: 10) == 2)
        #expect(next(3, page(5, pages: 3, items: 25), ledger(20), fresh: 5) == nil)
        // Without counts, a page that is not full is the last one.
        #expect(next(1, page(10), HistoryLedger(), fresh: 10) == 2)
        #expect(next(2, page(9), ledger(10), fresh: 9) == nil)
        #expect(next(2, page(0, pages: 9), ledger(10)) == nil)
        #expect(next(1, page(10), HistoryLedger(), fresh: 10, walk: HistoryWalk(first: 1, limit: nil)) == nil)
        #expect(next(0, page(10, pages: 1), HistoryLedger(), walk: HistoryWalk(first: 0, limit: 10)) == nil)
    }

    @Test func `later walks end when the numbers agree`() {
        #expect(next(1, page(10, pages: 3, items: 25), ledger(25, wholeAgo: 60)) == nil)
        #expect(next(1, page(10, pages: 3, items: 27), ledger(25, wholeAgo: 60), fresh: 2) == nil)
        #expect(next(1, page(10, pages: 3, items: 26), ledger(25, wholeAgo: 60)) == 2)
        #expect(next(1, page(10, pages: 3, items: 24), ledger(25, wholeAgo: 60)) == 2)
        // Where nobody tells how many there are, a page with nothing new is the end.
        #expect(next(1, page(10), ledger(25, wholeAgo: 60), fresh: 1) == 2)
        #expect(next(1, page(10), ledger(25, wholeAgo: 60)) == nil)
    }

    @Test func `after a week every page is seen again`() {
        #expect(next(1, page(10, pages: 3, items: 25), ledger(25, wholeAgo: HistoryWalk.trust - 1)) == nil)
        #expect(next(1, page(10, pages: 3, items: 25), ledger(25, wholeAgo: HistoryWalk.trust)) == 2)
    }

    @Test func `when plays were removed meanwhile it goes back as far as others may have moved`() {
        var ledger = ledger(0)
        ledger.apply(.page(ledger.record(page(10, items: 50), walk: 1, next: 5, at: now)))
        #expect(next(4, page(10, pages: 5, items: 49), ledger) == 3)
        #expect(next(4, page(10, pages: 4, items: 39), ledger) == nil)
        #expect(next(4, page(10, pages: 5, items: 41), ledger) == 3)
        #expect(next(4, page(10, pages: 9, items: 30), ledger) == 2)
        #expect(next(2, page(10, pages: 9, items: 10), ledger) == 1)
        #expect(next(4, page(10, pages: 5, items: 50), ledger) == 5)
    }
}
