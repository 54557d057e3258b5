import HTTP
import Synchronization
import TestSupport
import Testing

extension BrowserTests {
    /// The public address, and who may show the page in a frame.
    struct AddressPageTests {
        @Test(arguments: [false, true])
        func `a click checks where the provider will send people`(isDark: Bool) async throws {
            let world = try await World()
            try await world.enterKeys()
            var options = WebDriverOptions()
            (options.width, options.height, options.isDark) = (isDark ? 320 : 1000, 800, isDark)
            let page = try await SettingsPage.open(world, options)
            let check = page.card(.trakt, "[data-action=check-address]")
            #expect(try await page.browser.find(check).isDisplayed() == false)
            try await page.choose(.trakt, method: "redirect")
            try await page.browser.click(page.card(.trakt, "[data-part=keys] summary"))
            let address = try world.url + "/trakt/oauth-callback/"
            #expect(try await page.browser.find("#trakt_redirect").property("value") == .string(address))
            try await page.browser.click(check)
            try await page.wait(
                page.card(.trakt, "[data-findings] li"), says: "Good: \(try world.url)/ leads here.")
            try await page.expectGoodForm()
            try await page.expectSilence()
            // The findings are about this address alone.
            try await page.choose(.trakt, method: "device")
            try await page.wait(gone: page.card(.trakt, "[data-findings]"))
        }

        @Test func `a redirect address that the provider does not take is told where it is used`() async throws {
            let port = try #require(Loopback.freePort())
            let world = try await World([
                "--listen", "127.0.0.1:\(port)", "--public-url", "http://localhost:\(port)/", "--providers", "spotify",
            ])
            let page = try await SettingsPage.open(world)
            try await page.wait(
                "#sec-spotify [data-redirect-problem]",
                says: "Spotify refuses redirect addresses with the name 'localhost'. Open Latchkey by https or at "
                    + "http://127.0.0.1, and start it with that as --public-url.")
        }

        @Test func `the page that was opened elsewhere says so`() async throws {
            let world = try await World(["--allow-host", "nas.lan"])
            let there = "http://nas.lan:\(try world.port)/"
            let page = try await SettingsPage.open(world, at: there)
            try await page.choose(.trakt, method: "redirect")
            try await page.browser.click(page.card(.trakt, "[data-action=check-address]"))
            let home = try world.url + "/"
            try await page.wait(
                page.card(.trakt, "[data-findings] [data-level=problem]"),
                says: "Problem: This page was opened at \(there), and providers send people back to \(home). "
                    + "Open Latchkey at \(home), or start it with --public-url \(there)")
        }

        @Test func `a frame is for listed sites alone`() async throws {
            let frame = Mutex("")
            try await TestServer.run(responder: { _ in
                Response(
                    status: 200, headers: ["Content-Type": "text/html"],
                    body: .bytes(Array("<!doctype html><iframe src=\"\(frame.withLock(\.self))\"></iframe>".utf8)))
            }) { dashboard in
                let origin = "http://127.0.0.1:\(dashboard.port)"
                let browser = try await SharedBrowser.fresh(WebDriverOptions())
                let open = try await World(["--allow-frame", origin])
                frame.withLock { $0 = (try? open.url + "/") ?? "" }
                try await browser.open(origin)
                #expect(try await open.waitForLog("GET /api/status 200") != nil)
                #expect(try await browser.log() == [])
                let closed = try await World()
                frame.withLock { $0 = (try? closed.url + "/") ?? "" }
                try await browser.open(origin)
                #expect(try await browser.log().contains { $0.contains("frame-ancestors 'none'") })
                #expect(try !closed.log.contains("/api/status"))
            }
        }
    }
}
