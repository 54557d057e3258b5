import Companion
import Files
import JSON
import TestSupport
import Testing

extension BrowserTests {
    /// A connection that ends soon and cannot be renewed.
    struct ReminderPageTests {
        @Test(arguments: [true, false])
        func `the person is reminded, and can connect again while it still works`(isDark: Bool) async throws {
            let world = try await World()
            let now = Int(EngineClock().now)
            let auth: JSON = [
                "access_token": "still-works", "method": "device", "account_name": "sean",
                "linked_at": .int(now - 80 * 86_400), "expires_at": .int(now + 5 * 86_400),
            ]
            let stored: JSON = ["version": 1, "trakt": ["client_id": "app"], "auth": ["trakt": auth]]
            try Files.writeDurably(stored.encoded(), to: world.folder("data/default.json"))
            var options = WebDriverOptions()
            (options.width, options.height, options.isDark) = (isDark ? 320 : 1000, 900, isDark)
            let page = try await SettingsPage.open(world, options)
            try await page.wait(.trakt, is: "expiring")
            try await page.wait(page.card(.trakt, "[data-chip]"), says: "Ends soon")
            let sentence = try await world.status(.trakt)
            #expect(
                try await page.sentence(.trakt) == "\(sentence.text("message")) \(sentence.text("hint"))")
            try await page.wait(
                page.card(.trakt, "[data-method]:not([hidden]) [data-action=connect]"), says: "Connect again")
            #expect(try await page.browser.find("#trakt_token").isDisplayed())
            try await page.expectGoodForm()
            try await page.expectSilence()
        }
    }
}
