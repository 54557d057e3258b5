import JSON
import Testing

@testable import Companion
@testable import Providers

@Suite struct RedirectBookTests {
    private let key = FlowEngine.Key(provider: "trakt", id: AccountID(owner: "o", account: "a"))
    private var book = RedirectBook()

    init() throws {
        book.add(try entry(key, state: "one", cookie: "mine"))
    }

    private func entry(_ key: FlowEngine.Key, state: String, cookie: String) throws -> RedirectBook.Entry {
        let json: JSON = [
            "method": "redirect", "message": "", "authorization_url": "https://trakt.example/", "redirect_uri": "r",
            "expires_at": 600, "state": .string(state), "code_verifier": "v",
        ]
        return RedirectBook.Entry(
            key: key, flow: try #require(RedirectFlow(json: json)), binding: FlowCookies.binding(cookie))
    }

    @Test mutating func `a state is spent once; the same browser may come again for the rest of its life`() throws {
        guard case .pending(let found) = book.spend("one", provider: "trakt", by: .browser("mine"), at: 0) else {
            Issue.record("it is not found")
            return
        }
        #expect(found.flow.state == "one")
        #expect(book.pending(key)?.isSpent == true)
        #expect(book.spend("one", provider: "trakt", by: .browser("mine"), at: 1) == .spent)
        #expect(book.spend("one", provider: "trakt", by: .browser("other"), at: 1) == .foreign(.otherBrowser))
        #expect(book.spend("one", provider: "simkl", by: .browser("mine"), at: 1) == .foreign(.unknownState))
        #expect(book.spend("one", provider: "trakt", by: .browser("mine"), at: 599) == .spent)
        #expect(book.spend("one", provider: "trakt", by: .browser("mine"), at: 600) == .foreign(.unknownState))
    }

    @Test mutating func `another browser, another provider or another state find nothing, and spend nothing`() {
        #expect(book.spend("one", provider: "trakt", by: .browser("other"), at: 0) == .foreign(.otherBrowser))
        #expect(book.spend("one", provider: "trakt", by: .browser(""), at: 0) == .foreign(.otherBrowser))
        #expect(book.spend("one", provider: "simkl", by: .browser("mine"), at: 0) == .foreign(.unknownState))
        #expect(book.spend("two", provider: "trakt", by: .browser("mine"), at: 0) == .foreign(.unknownState))
        #expect(book.pending(key)?.isSpent == false)
    }

    private func owner(_ name: String) -> RedirectBook.Bearer { .owner { $0.id.owner == name } }

    @Test mutating func `who owns the account may bring the state without the cookie, and nobody else`() throws {
        #expect(book.spend("one", provider: "trakt", by: owner("other"), at: 0) == .foreign(.otherBrowser))
        #expect(book.spend("one", provider: "trakt", by: owner(""), at: 0) == .foreign(.otherBrowser))
        #expect(book.pending(key)?.isSpent == false)
        guard case .pending = book.spend("one", provider: "trakt", by: owner("o"), at: 0) else {
            Issue.record("it is not found")
            return
        }
        #expect(book.spend("one", provider: "trakt", by: owner("o"), at: 1) == .spent)
        #expect(book.spend("one", provider: "trakt", by: owner("other"), at: 1) == .foreign(.otherBrowser))
    }

    @Test mutating func `a new sign-in takes the place of the old one`() throws {
        let old = try #require(book.pending(key))
        book.add(try entry(key, state: "two", cookie: "mine"))
        #expect(book.count == 1)
        #expect(!book.isGoingOn(old))
        #expect(book.spend("one", provider: "trakt", by: .browser("mine"), at: 0) == .foreign(.unknownState))
        book.remove(key)
        #expect(book.count == 0)
        #expect(book.spend("two", provider: "trakt", by: .browser("mine"), at: 0) == .foreign(.unknownState))
    }

    @Test func `an entry is stored and read again, without its cookie`() throws {
        let entry = try entry(key, state: "three", cookie: "mine")
        #expect(RedirectBook.Entry(entry.json, key) == entry)
        #expect(!String(decoding: entry.json.encoded(), as: UTF8.self).contains("mine"))
        #expect(RedirectBook.Entry(["binding": "x"], key) == nil)
    }
}
