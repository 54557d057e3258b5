import JSON
import Simulator
import TestSupport
import Testing

extension BrowserTests {
    /// The main job: a person opens the page, clicks, approves, and is connected.
    struct LinkingTests {
        @Test(arguments: SimulatedProvider.allCases)
        func `a person links an account, copies the token and disconnects`(provider: SimulatedProvider) async throws {
            let world = try await World()
            let page = try await SettingsPage.open(world)
            let browser = page.browser
            try await page.wait(provider, is: provider == .plex ? "needs_sign_in" : "not_set_up")
            try await page.wait(page.card(provider, "[data-chip]"), says: "Not connected")
            try await page.typeKey(provider)
            try await page.click(provider, "connect")
            try await expectCode(page, provider)
            try await page.follow()
            try await page.approve()
            try await page.comeBack()
            try await expectConnected(page, provider)
            try await expectToken(page, provider)
            try await disconnect(page, provider)
            #expect(world.simulator.accessTokens(provider) == [])
            #expect(world.simulator.complaints(provider) == [])
            try await page.expectGoodForm()
            try await page.expectSilence()
            #expect(try await browser.title() == "Latchkey")
        }

        /// The code is large, can be selected, and its time runs.
        private func expectCode(_ page: SettingsPage, _ provider: SimulatedProvider) async throws {
            let browser = page.browser
            try await page.wait(provider, is: "pending")
            try await page.wait(page.card(provider, "[data-chip]"), says: "Waiting")
            let code = try #require(page.world.simulator.pendingCodes(provider).first)
            let field = "#\(provider.rawValue)_pin"
            #expect(try await browser.find(field).isDisplayed() == !code.isEmpty)
            if !code.isEmpty {
                #expect(try await browser.find(field).property("value") == .string(code))
                let script = """
                    const field = document.querySelector(arguments[0]);
                    field.select();
                    return [parseFloat(getComputedStyle(field).fontSize) >= 24, getSelection().toString(),
                      field.scrollWidth <= field.clientWidth];
                    """
                #expect(try await browser.run(script, [.string(field)]) == [true, .string(code), true])
                try await page.click(provider, "copy-pin")
                try await page.wait("#btn-copy-\(provider.rawValue)-pin", says: "Copied")
            }
            let clock = page.card(provider, "[data-countdown]")
            try await browser.wait(
                for: "/^\\d+:\\d\\d left to approve$/.test(document.querySelector('\(clock)').innerText)")
            let link = try await browser.find(page.card(provider, "[data-link]")).attribute("href") ?? ""
            #expect(link.hasPrefix(page.world.server.url + "/"))
        }

        private func expectConnected(_ page: SettingsPage, _ provider: SimulatedProvider) async throws {
            let browser = page.browser
            if provider != .simkl {
                let picture = page.card(provider, "[data-avatar]")
                try await browser.wait(for: "document.querySelector('\(picture)').naturalWidth === 48")
                try await browser.wait(forElement: picture)
            }
            try await page.wait(provider, is: "connected")
            try await page.wait(page.card(provider, "[data-chip]"), says: "Connected")
            try await page.wait(page.card(provider, "[data-account-name]"), says: "sean")
            try await page.wait(connected: 1)
            try await page.wait(gone: page.card(provider, "[data-part=flow]"))
            #expect(try await page.sentence(provider) == "\(provider.label) is connected.")
            let expires = [SimulatedProvider.trakt, .simkl].contains(provider)
            #expect(try await browser.find(page.card(provider, "[data-expiry]")).isDisplayed() == expires)
            #expect(try await browser.find(page.card(provider, "[data-action=refresh]")).isDisplayed() == expires)
        }

        /// The token is masked, shown on request, and copied.
        private func expectToken(_ page: SettingsPage, _ provider: SimulatedProvider) async throws {
            let browser = page.browser
            let token = try #require(page.world.simulator.accessTokens(provider).first)
            let field = "#\(provider.rawValue)_token"
            #expect(try await browser.find(field).property("value") == "••••••••")
            try await page.click(provider, "copy-token")
            try await browser.wait(
                for:
                    "document.querySelector('#btn-copy-\(provider.rawValue)-token').textContent === 'Copied Access token'"
            )
            #expect(try await browser.find(field).property("value") == "••••••••")
            try await page.click(provider, "reveal")
            try await browser.wait(for: "document.querySelector('\(field)').value === '\(token)'")
            #expect(try await browser.find(page.card(provider, "[data-action=reveal]")).label() == "Hide Access token")
            try await page.click(provider, "reveal")
            try await browser.wait(for: "document.querySelector('\(field)').value === '••••••••'")
            #expect(try await browser.clipboard() == token)
            try await page.comeBack()
        }

        private func disconnect(_ page: SettingsPage, _ provider: SimulatedProvider) async throws {
            let browser = page.browser
            try await page.click(provider, "disconnect")
            try await page.wait("#latchkey-dialog-title", says: "Disconnect \(provider.label)?")
            try await browser.press(WebDriverElement.Key.escape)
            try await page.wait(gone: "#latchkey-dialog")
            #expect(try await browser.run("return document.activeElement.dataset.action") == "disconnect")
            try await page.click(provider, "disconnect")
            try await browser.click("#latchkey-dialog [data-close=no]")
            #expect(page.world.simulator.accessTokens(provider).count == 1)
            try await page.click(provider, "disconnect")
            try await browser.click("#latchkey-dialog [data-close=yes]")
            try await page.wait(provider, is: "needs_sign_in")
            try await page.wait(
                page.card(provider, "[data-say]"), says: "Disconnected, and ended at \(provider.label).")
            try await page.wait(connected: 0)
        }

        @Test(arguments: [SimulatedProvider.trakt, .simkl])
        func `a person links an account by signing in at the provider`(provider: SimulatedProvider) async throws {
            let world = try await World()
            try await world.enterKeys()
            let page = try await SettingsPage.open(world)
            let browser = page.browser
            try await page.choose(provider, method: "redirect")
            try await page.click(provider, "connect")
            try await page.wait(provider, is: "pending")
            try await page.follow()
            try await page.approve()
            let address = try world.url + "/#sec-\(provider.rawValue)"
            try await browser.wait(for: "location.href === '\(address)'")
            try await page.wait(page.card(provider, "[data-chip]"), says: "Connected")
            #expect(try await browser.run("return document.referrer") == "")
            try await page.comeBack()
            try await page.wait(provider, is: "connected")
            try await page.wait(page.card(provider, "[data-account-name]"), says: "sean")
            #expect(world.simulator.complaints(provider) == [])
            try await page.expectSilence()
        }

        @Test func `a person declines at the provider, and is told so`() async throws {
            let world = try await World()
            try await world.enterKeys()
            let page = try await SettingsPage.open(world)
            try await page.choose(.trakt, method: "redirect")
            try await page.click(.trakt, "connect")
            try await page.follow()
            try await page.browser.click("#deny")
            try await page.comeBack()
            try await page.wait(.trakt, is: "needs_sign_in")
            let declined = "The request was declined at Trakt. Nothing is connected."
            try await page.wait(page.card(.trakt, "[data-alert]"), says: declined)
            try await page.expectSilence()
        }

        @Test func `TMDB's key alone is checked and connects`() async throws {
            let world = try await World()
            let page = try await SettingsPage.open(world)
            try await page.typeKey(.tmdb)
            try await page.choose(.tmdb, method: "key")
            try await page.click(.tmdb, "connect")
            try await page.wait(.tmdb, is: "connected")
            #expect(try await page.browser.windows() == [page.window])
            try await page.expectSilence()
        }

        @Test func `where pop-ups are refused a plain link leads to the provider`() async throws {
            let world = try await World()
            try await world.enterKeys()
            var options = WebDriverOptions()
            options.refusesPopups = true
            let page = try await SettingsPage.open(world, options)
            let browser = page.browser
            for (provider, method) in [(SimulatedProvider.simkl, "device"), (.trakt, "redirect")] {
                try await page.choose(provider, method: method)
                try await page.click(provider, "connect")
                let blocked = "The browser kept the window from opening. This link leads to the same page:"
                try await page.wait(page.card(provider, "[data-blocked]"), says: blocked)
                #expect(try await browser.windows() == [page.window])
                try await browser.click(page.card(provider, "[data-link]"))
                try await page.follow()
                try await page.approve()
                try await browser.wait(for: "document.title && !document.querySelector('#approve')")
                try await browser.closeWindow()
                try await page.comeBack()
                try await page.wait(provider, is: "connected")
            }
            try await page.expectSilence()
        }

        @Test func `an end that is no connection is told, and a new code is a click away`() async throws {
            let world = try await World()
            try await world.enterKeys()
            let page = try await SettingsPage.open(world)
            try await page.click(.trakt, "connect")
            try await page.wait(.trakt, is: "pending")
            let first = world.simulator.pendingCodes(.trakt)
            world.simulator.expire(.trakt)
            try await page.comeBack()
            try await page.wait(.trakt, is: "needs_sign_in")
            let over = "The time to approve at Trakt has run out. Begin again when you are ready."
            try await page.wait(page.card(.trakt, "[data-alert]"), says: over)
            let button = page.card(.trakt, "[data-method=device] [data-action=connect]")
            try await page.wait(button, says: "Get a new code")
            try await page.click(.trakt, "connect")
            try await page.wait(.trakt, is: "pending")
            #expect(world.simulator.pendingCodes(.trakt) != first)
            try await page.comeBack()
            try await page.click(.trakt, "cancel")
            try await page.wait(page.card(.trakt, "[data-say]"), says: "The sign-in is cancelled.")
            try await page.expectSilence()
        }
    }
}
