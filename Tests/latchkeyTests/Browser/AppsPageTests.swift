import Companion
import JSON
import TestSupport
import Testing

extension BrowserTests {
    /// The apps that have a key.
    struct AppsPageTests {
        private static let apps = "[data-apps]"

        @Test(arguments: [(320, true), (1000, false)])
        func `apps are listed with what they may ask for, and lose their key by two clicks`(width: Int, isDark: Bool)
            async throws
        {
            let world = try await World()
            let book = try ApiKeyBook(folder: world.folder("data"))
            var options = WebDriverOptions()
            (options.width, options.height, options.isDark) = (width, 900, isDark)
            func make(_ name: String, _ allow: String...) throws -> String {
                try book.make(ApiKey(name: name, owner: "default", grants: allow.compactMap(ApiKey.Grant.init)))
            }
            let empty = try await SettingsPage.open(world, options)
            try await empty.wait(gone: Self.apps)
            let text = try make("kodi-in-the-living-room", "trakt", "plex:alice", "simkl:*")
            _ = try make("scrobbler", "trakt")
            let page = try await SettingsPage.open(world, options)
            try await page.wait("\(Self.apps) li:first-child strong", says: "kodi-in-the-living-room")
            try await page.wait(
                "\(Self.apps) li:first-child [data-app-allow]", says: "Trakt, Plex (alice), SIMKL (every account)")
            try await page.wait("\(Self.apps) li:first-child [data-app-used]", says: "Never used")
            try await page.expectGoodForm()
            let markup = try await page.browser.run("return document.documentElement.innerHTML").stringValue
            #expect(markup?.contains("scrobbler") == true && markup?.contains(text) == false)
            // It is kept when the person thinks again.
            try await page.browser.click("\(Self.apps) li:first-child button")
            try await page.wait("#latchkey-dialog h2", says: "Revoke the key of kodi-in-the-living-room?")
            try await page.browser.click("#latchkey-dialog [data-close=no]")
            #expect(book.list.count == 2)
            try await page.browser.click("\(Self.apps) li:first-child button")
            try await page.browser.click("#latchkey-dialog [data-close=yes]")
            try await page.wait("\(Self.apps) li:first-child strong", says: "scrobbler")
            #expect(book.list.map(\.key.name) == ["scrobbler"])
            // One that was revoked elsewhere meanwhile is gone, too, and the page says so.
            try book.revoke("scrobbler")
            try await page.browser.click("\(Self.apps) li:first-child button")
            try await page.browser.click("#latchkey-dialog [data-close=yes]")
            try await page.wait(gone: Self.apps)
            try await page.expectSilence(but: "/api/apikeys/revoke")
        }
    }
}
