import HTTP
import JSON
import Simulator
import TestSupport
import Testing

extension BrowserTests {
    /// Several accounts with one provider.
    struct AccountsPageTests {
        private func add(_ name: String, _ page: SettingsPage) async throws {
            try await page.browser.click("#sec-trakt [data-part=another] summary")
            try await page.browser.type(name, into: "#trakt_new_account")
            try await page.browser.press(WebDriverElement.Key.enter)
        }

        private func choose(_ name: String, _ page: SettingsPage) async throws {
            try await page.browser.find("#trakt_accounts option[value=\(name)]").click()
        }

        @Test func `accounts are added, shown one at a time, and removed, and each stands alone`() async throws {
            let world = try await World()
            try await world.enterKeys()
            var options = WebDriverOptions()
            (options.width, options.height, options.isDark) = (320, 900, true)
            let page = try await SettingsPage.open(world, options)
            let browser = page.browser
            try await page.wait(.trakt, is: "needs_sign_in")
            _ = try await world.begin(.trakt)
            world.simulator.approve(.trakt, account: "sean")
            try await page.wait(page.card(.trakt, "[data-account-name]"), says: "sean")
            try await page.wait(gone: "#trakt_accounts")
            // A name that is none is refused at its field.
            try await add("no name", page)
            try await browser.wait(forElement: "#trakt_new_account-error")
            try await page.expectGoodForm()
            try await browser.type("alice", into: "#trakt_new_account")
            try await browser.press(WebDriverElement.Key.enter)
            try await browser.wait(forElement: "#trakt_accounts")
            try await page.wait(.trakt, is: "needs_sign_in")
            #expect(try await browser.run("return document.querySelector('#trakt_accounts').value") == "alice")
            (options.width, options.isDark) = (1000, false)
            try await browser.emulate(options)
            // It has no tokens of the other, but uses its app keys, and says so.
            try await page.wait(gone: "#trakt_token")
            try await browser.run("document.querySelector('#sec-trakt [data-part=keys]').open = true")
            try await page.wait(
                page.card(.trakt, "[data-default-keys]"),
                says:
                    "This account uses the app keys of the default account. Enter its own only if it needs others.")
            #expect(try await browser.run("return document.querySelector('#trakt_client_id').value") == "")
            try await page.expectGoodForm()
            try await page.click(.trakt, "connect")
            try await page.comeBack()
            try await browser.wait(forElement: "#trakt_pin")
            world.simulator.approve(.trakt, account: "alice-at-trakt")
            try await page.wait(page.card(.trakt, "[data-account-name]"), says: "alice-at-trakt")
            #expect(
                try await world.get("/api/accounts").json["accounts"] == [
                    [
                        "provider": "trakt", "account": "alice", "state": "connected", "connected": true,
                        "account_name": "alice-at-trakt",
                    ]
                ])
            try await choose("default", page)
            try await page.wait(page.card(.trakt, "[data-account-name]"), says: "sean")
            #expect(
                try await browser.run("return document.querySelector('#trakt_client_id').value")
                    == "demo-trakt-client-id")
            // What is typed belongs to the account that the card shows.
            try await choose("alice", page)
            try await page.wait(page.card(.trakt, "[data-account-name]"), says: "alice-at-trakt")
            try await browser.run("document.querySelector('#sec-trakt [data-part=keys]').open = true")
            try await page.type("her-own-secret", into: .trakt, "client_secret")
            try await page.wait(gone: page.card(.trakt, "[data-default-keys]"))
            let keys = try await world.get("/api/config?account=alice").json["trakt"]
            #expect(keys?["client_secret"] == "••••••••" && keys?["client_id"] == nil)
            // The page is as it was for those who load it again; the accounts are there.
            try await browser.reload()
            try await browser.wait(forElement: "#trakt_accounts")
            #expect(try await browser.run("return document.querySelector('#trakt_accounts').value") == "default")
            // A link leads to an account, as providers' pages lead back to the one that was signed in.
            try await browser.run("location.hash = '#sec-trakt@alice'")
            try await page.wait(page.card(.trakt, "[data-account-name]"), says: "alice-at-trakt")
            try await page.click(.trakt, "remove-account")
            try await page.wait("#latchkey-dialog h2", says: "Remove alice from Trakt?")
            try await browser.click("#latchkey-dialog [data-close=yes]")
            try await page.wait(gone: "#trakt_accounts")
            try await page.wait(page.card(.trakt, "[data-account-name]"), says: "sean")
            #expect(try await page.sentence(.trakt) == "alice is removed.")
            #expect(try await world.get("/api/accounts").json["accounts"] == [])
            #expect(try await world.get("/api/config?account=alice").json == [:])
            #expect(try await world.get("/api/trakt/status").json["connected"] == true)
            try await page.expectGoodForm()
            try await page.expectSilence(but: "the server responded with a status of 400")
        }
    }
}
