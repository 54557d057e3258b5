import JSON
import Simulator
import TestSupport
import Testing

extension BrowserTests {
    /// `latchkey serve --demo`, as somebody tries it who has no account anywhere.
    struct DemonstrationTests {
        @Test func `the demonstration says so, fills itself in, and links all four`() async throws {
            let world = try await World(["--demo"], isOnItsOwn: true)
            let page = try await SettingsPage.open(world)
            let browser = page.browser
            let notice = "[data-notice=demo]"
            try await browser.wait(forElement: notice)
            #expect(try await browser.text(of: notice + " p") == "Demonstration: no real provider is contacted.")
            try await browser.click("[data-action=fill-demo]")
            for provider in SimulatedProvider.allCases {
                try await page.wait(provider, is: "needs_sign_in")
                try await page.click(provider, "connect")
                try await page.wait(provider, is: "pending")
                try await page.comeBack()
            }
            let standIn = try await browser.find("[data-demo-link]").attribute("href") ?? ""
            try await browser.openWindow()
            try await browser.open(standIn)
            #expect(try await browser.findAll("form.waiting").count == 4)
            for left in (0..<4).reversed() {
                try await browser.click("button[value=approve]")
                try await browser.wait(for: "document.querySelectorAll('form.waiting').length === \(left)")
            }
            try await page.comeBack()
            for provider in SimulatedProvider.allCases { try await page.wait(provider, is: "connected") }
            try await page.wait(connected: 4)
            try await page.expectSilence()
        }

        @Test func `what is used once is filled in, too, and signs in`() async throws {
            let world = try await World(["--demo", "--providers", "jellyfin"], isOnItsOwn: true)
            let page = try await SettingsPage.open(world)
            try await page.browser.click("[data-action=fill-demo]")
            try await page.choose(.jellyfin, method: "password")
            try await page.browser.wait(for: "document.querySelector('#jellyfin_server').value")
            try await page.click(.jellyfin, "connect")
            try await page.wait(page.card(.jellyfin, "[data-account-name]"), says: "demo")
            try await page.expectSilence()
        }
    }
}
