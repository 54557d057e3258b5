import Simulator
import TestSupport
import Testing

extension BrowserTests {
    /// The page behind nginx with TLS, below a path.
    @Suite(.enabled(if: ProxyProgram.areThere, "`make test` brings the proxies"))
    struct ProxiedPageTests {
        @Test func `a person links accounts by code and by redirect`() async throws {
            let proxied = try await ProxiedWorld.start(.nginx, .path)
            let page = try await SettingsPage.open(proxied.world, at: proxied.client.url("/"))
            let browser = page.browser
            try await page.typeKey(.trakt)
            try await page.click(.trakt, "connect")
            try await page.wait(.trakt, is: "pending")
            try await page.follow()
            let first = try await browser.window()
            try await page.approve()
            try await page.comeBack()
            try await page.wait(.trakt, is: "connected")
            try await page.typeKey(.simkl)
            try await page.choose(.simkl, method: "redirect")
            try await page.click(.simkl, "connect")
            try await browser.switchToWindow(notIn: [page.window, first])
            try await page.approve()
            try await page.comeBack()
            try await page.wait(.simkl, is: "connected")
            #expect(try await browser.run("return isSecureContext && location.pathname") == "/settings/")
            #expect(proxied.world.simulator.complaints(.simkl) == [])
            try await page.expectSilence()
        }
    }
}
