import Files
import HTTP
import JSON
import Simulator
import TestSupport
import Testing

extension BrowserTests {
    /// The page in all the shapes and moods in which people meet it.
    struct PageTests {
        /// Light and dark, wide and narrow, in every state of a card.
        @Test(arguments: [320, 1400], [false, true])
        func `the page fits and is well-formed in every state`(width: Int, isDark: Bool) async throws {
            let world = try await World()
            var options = WebDriverOptions()
            (options.width, options.height, options.isDark) = (width, 800, isDark)
            let page = try await SettingsPage.open(world, options)
            let browser = page.browser
            let dark = try await browser.run(
                "const [r, g, b] = getComputedStyle(document.documentElement).backgroundColor.match(/[\\d.]+/g); return +r + +g + +b < 300"
            )
            #expect(dark == .bool(isDark))
            try await page.expectGoodForm()
            // What is typed wrong is said at the field.
            try await browser.type("eyJhbGciOiJIUzI1NiJ9", into: "#tmdb_api_key")
            try await browser.press(WebDriverElement.Key.tab)
            try await browser.wait(forElement: "#tmdb_api_key-error")
            #expect(try await browser.find("#tmdb_api_key").attribute("aria-invalid") == "true")
            try await page.expectGoodForm()
            try await world.enterKeys()
            for provider in SimulatedProvider.allCases { try await world.begin(provider) }
            for provider in SimulatedProvider.allCases { try await page.wait(provider, is: "pending") }
            try await page.expectGoodForm()
            let longName = "an account whose name is as long as people can make it and then some more of it"
            world.simulator.approve(.trakt, account: longName)
            world.simulator.approve(.plex)
            world.simulator.deny(.simkl)
            try await page.wait(page.card(.trakt, "[data-account-name]"), says: longName)
            try await page.wait(.plex, is: "connected")
            try await page.wait(.simkl, is: "needs_sign_in")
            try await page.click(.trakt, "reveal")
            try await browser.wait(for: "document.querySelector('#trakt_token').value.length === 64")
            try await page.expectGoodForm()
            try await page.click(.trakt, "disconnect")
            try await page.expectGoodForm()
            try await page.expectSilence(but: "the server responded with a status of 422")
        }

        @Test func `another name of this machine leads to the one to which providers send the browser back`()
            async throws
        {
            let world = try await World()
            let page = try await SettingsPage.open(world)
            let home = try world.url
            let named = home.replacing("127.0.0.1", with: "localhost")
            try await page.browser.open(named + "/?account=default#sec-trakt")
            try await page.browser.wait(for: "location.hostname === '127.0.0.1'")
            #expect(try await page.browser.url() == home + "/?account=default#sec-trakt")
            try await page.wait(.trakt, is: "not_set_up")
        }

        @Test func `the hint is there until the keys are, and copies the redirect URL`() async throws {
            let world = try await World()
            let page = try await SettingsPage.open(world)
            let browser = page.browser
            try await browser.wait(forElement: "#trakt_hint")
            try await browser.click("#trakt_hint [data-action=copy-redirect]")
            try await page.wait("#trakt_hint [data-action=copy-redirect]", says: "Copied")
            #expect(try await browser.clipboard() == "urn:ietf:wg:oauth:2.0:oob")
            try await page.comeBack()
            try await page.choose(.trakt, method: "redirect")
            try await browser.click("#trakt_hint [data-action=copy-redirect]")
            try await browser.wait(
                for: "document.querySelector('#trakt_redirect').value.endsWith('/trakt/oauth-callback/')")
            #expect(try await browser.clipboard() == (try world.url) + "/trakt/oauth-callback/")
            try await page.comeBack()
            try await page.typeKey(.trakt)
            try await page.wait(gone: "#trakt_hint")
            // A required value can be emptied again, and the hint is back.
            try await browser.find("#trakt_client_id").clear()
            try await browser.wait(forElement: "#trakt_hint")
            try await page.wait(page.card(.trakt, "[data-field=client_id] [data-saved]"), says: "Removed")
            #expect(try await browser.findAll("#plex_hint").isEmpty)
            try await page.expectSilence()
        }

        @Test func `connecting without keys asks for them at the field`() async throws {
            let world = try await World()
            let page = try await SettingsPage.open(world)
            try await page.click(.trakt, "connect")
            try await page.wait("#trakt_client_id-error [data-error]", says: "Enter the Client ID")
            #expect(try await page.browser.run("return document.activeElement.id") == "trakt_client_id")
            #expect(try await page.browser.windows() == [page.window])
            #expect(world.simulator.counts(.trakt) == [:])
            try await page.expectSilence()
        }

        @Test func `a saved secret is a mask that can be replaced and removed`() async throws {
            let world = try await World()
            let page = try await SettingsPage.open(world)
            let browser = page.browser
            try await page.type("first-secret", into: .trakt, "client_secret")
            try await browser.wait(for: "document.querySelector('#trakt_client_secret').value === '••••••••'")
            try await browser.reload()
            try await browser.wait(for: "document.querySelector('#trakt_client_secret').value === '••••••••'")
            #expect(
                try await browser.run("return document.documentElement.outerHTML.includes('first-secret')") == false)
            let field = page.card(.trakt, "[data-field=client_secret]")
            try await browser.click("\(field) [data-action=replace]")
            try await page.type("second-secret", into: .trakt, "client_secret")
            #expect(try world.vault[path: "trakt.client_secret"] == "second-secret")
            try await browser.click("\(field) [data-action=remove]")
            try await page.wait("\(field) [data-saved]", says: "Removed")
            #expect(try world.vault[path: "trakt.client_secret"] == nil)
            try await page.expectSilence()
        }

        @Test func `a date that no calendar has is not shown`() async throws {
            let world = try await World()
            try await world.enterKeys()
            for provider in [SimulatedProvider.plex, .simkl, .trakt] {
                try await world.begin(provider)
                world.simulator.approve(provider)
                try await world.status(provider, is: "connected")
            }
            // As an earlier version could have stored it.
            try await world.kill()
            var vault = try world.vault
            vault["auth"]?["plex"]?["expires_at"] = 100_000_000_000_000_000
            try Files.writeDurably(vault.encoded(pretty: true), to: world.folder("data/default.json"))
            try await world.start()
            let page = try await SettingsPage.open(world)
            for provider in [SimulatedProvider.plex, .simkl, .trakt] { try await page.wait(provider, is: "connected") }
            try await page.wait(gone: page.card(.plex, "[data-expiry]"))
            try await page.wait(page.card(.plex, "[data-chip]"), says: "Connected")
            #expect(try await page.browser.find(page.card(.trakt, "[data-expiry]")).isDisplayed())
            try await page.expectSilence()
        }

        @Test func `a card that cannot show its status does not keep the others from showing theirs`() async throws {
            let world = try await World()
            let page = try await SettingsPage.open(world)
            // A card without its chip, as a template of one's own may make it; then the page asks for all.
            _ = try await page.browser.run(
                """
                document.querySelector('#sec-plex [data-chip]').remove();
                document.querySelector('#sec-trakt [data-chip]').textContent = '';
                document.dispatchEvent(new Event('visibilitychange'));
                """)
            try await page.browser.wait(for: "document.querySelector('#sec-trakt [data-chip]').textContent !== ''")
            #expect(try await page.browser.run("return document.querySelector('[data-notice=problem]').hidden") == true)
            try await page.expectSilence(but: "Cannot set properties of null (setting 'textContent')")
        }

        @Test func `what changes elsewhere is seen at once`() async throws {
            let world = try await World()
            let page = try await SettingsPage.open(world)
            try await world.enterKeys()
            try await page.browser.wait(
                for: "document.querySelector('#trakt_client_id').value === 'demo-trakt-client-id'")
            try await page.wait(.trakt, is: "needs_sign_in")
            let code = try await world.begin(.trakt).text("user_code")
            try await page.browser.wait(for: "document.querySelector('#trakt_pin').value === '\(code)'")
            world.simulator.approve(.trakt)
            try await page.wait(.trakt, is: "connected")
            try await page.expectSilence()
        }

        @Test func `where events do not get through the page asks instead`() async throws {
            let world = try await World()
            try await world.enterKeys()
            let browser = try await SharedBrowser.fresh(WebDriverOptions())
            try await browser.devTools("Network.enable")
            try await browser.devTools("Network.setBlockedURLs", ["urls": ["*/api/events*"]])
            try await browser.open(try world.url + "/#sec-plex")
            let page = SettingsPage(browser: browser, world: world, window: try await browser.window())
            try await page.click(.plex, "connect")
            try await page.wait(.plex, is: "pending")
            try await page.comeBack()
            world.simulator.approve(.plex)
            try await page.wait(.plex, is: "connected")
            try await page.expectSilence(but: "api/events - Failed to load resource: net::ERR_BLOCKED_BY_CLIENT")
        }

        @Test func `a page that stays open recovers when the server does`() async throws {
            let world = try await World()
            try await world.enterKeys()
            let page = try await SettingsPage.open(world)
            try await world.begin(.trakt)
            try await page.wait(.trakt, is: "pending")
            let port = try world.port
            try await world.kill()
            try await page.browser.wait(forElement: "[data-notice=problem]")
            try await world.start(port: port)
            try await page.wait(gone: "[data-notice=problem]")
            world.simulator.approve(.trakt)
            try await page.wait(.trakt, is: "connected")
            try await page.expectSilence(but: "net::ERR_")
        }

        @Test func `on plain http in a network, copying works without the clipboard of secure pages`() async throws {
            let world = try await World(["--allow-host", "nas.lan"])
            try await world.enterKeys()
            let page = try await SettingsPage.open(world, at: "http://nas.lan:\(try world.port)/")
            let browser = page.browser
            #expect(
                try await browser.run("return [isSecureContext, navigator.clipboard === undefined]") == [false, true])
            try await page.click(.trakt, "connect")
            try await page.wait(.trakt, is: "pending")
            let code = try #require(world.simulator.pendingCodes(.trakt).first)
            try await page.comeBack()
            try await page.click(.trakt, "copy-pin")
            try await page.wait("#btn-copy-trakt-pin", says: "Copied")
            #expect(try await browser.clipboard() == code)
            world.simulator.approve(.trakt)
            try await page.comeBack()
            try await page.wait(.trakt, is: "connected")
            try await page.click(.trakt, "copy-token")
            try await browser.wait(
                for: "document.querySelector('#btn-copy-trakt-token').textContent === 'Copied Access token'")
            #expect(try await browser.clipboard() == world.simulator.accessTokens(.trakt).first)
            try await page.comeBack()
            try await page.expectSilence()
        }

        @Test func `an account of its own has a page of its own`() async throws {
            let world = try await World()
            let page = try await SettingsPage.open(world, at: try world.url + "/?account=alice")
            try await page.typeKey(.trakt)
            #expect(try world.vault[path: "accounts.alice.trakt.client_id"] == "demo-trakt-client-id")
            try await page.click(.trakt, "connect")
            try await page.wait(.trakt, is: "pending")
            #expect(try await world.status(.trakt)["state"] == "not_set_up")
            world.simulator.approve(.trakt)
            try await page.comeBack()
            try await page.wait(.trakt, is: "connected")
            try await page.expectSilence()
        }

        @Test func `below a path everything is found, too`() async throws {
            let world = try await World(["--base-path", "/my/settings/"])
            let page = try await SettingsPage.open(world)
            #expect(try await page.browser.url() == "http://127.0.0.1:\(try world.port)/my/settings/")
            try await page.typeKey(.simkl)
            try await page.choose(.simkl, method: "redirect")
            try await page.click(.simkl, "connect")
            try await page.follow()
            try await page.approve()
            try await page.wait(page.card(.simkl, "[data-chip]"), says: "Connected")
            try await page.expectSilence()
        }

        @Test func `a callback that is not believed leads to a page that says why, and back`() async throws {
            let world = try await World()
            let browser = try await SharedBrowser.fresh(WebDriverOptions())
            try await browser.open(try world.url + "/trakt/oauth-callback/?code=x&state=y")
            let said = try await browser.text(of: "main")
            #expect(!said.isEmpty)
            let page = SettingsPage(browser: browser, world: world, window: try await browser.window())
            try await page.expectGoodForm()
            #expect(
                try await browser.run("return getComputedStyle(document.querySelector('main a')).backgroundColor")
                    != "rgba(0, 0, 0, 0)")
            try await browser.click("main a")
            try await browser.wait(for: SettingsPage.isReady)
            #expect(try await browser.url() == (try world.url) + "/")
            try await page.expectSilence(but: "the server responded with a status of 400")
        }

        @Test func `without JavaScript the page says what it needs`() async throws {
            let world = try await World()
            let browser = try await SharedBrowser.fresh(WebDriverOptions())
            try await browser.devTools("Emulation.setScriptExecutionDisabled", ["value": true])
            try await browser.open(try world.url + "/")
            let notice = try await browser.find("main noscript")
            #expect(
                try await notice.text()
                    == "This page needs JavaScript to save your keys and to follow a sign-in. Turn it on for this site and load the page again."
            )
            #expect(try await browser.find("#sec-trakt").isDisplayed())
        }
    }
}
