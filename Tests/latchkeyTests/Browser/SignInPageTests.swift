import TestSupport
import Testing

extension BrowserTests {
    /// Signing in to Latchkey itself.
    struct SignInPageTests {
        @Test func `the first password is set with the code, and opens the page; signing out closes it`() async throws {
            let world = try await World(["--sign-in", "password"])
            let said = try await world.waitForOutput("enter this code")
            let code = try #require(said?.split(separator: " ").last.map(String.init))
            let browser = try await SharedBrowser.fresh(WebDriverOptions())
            let url = try world.url
            try await browser.open(url + "/?account=den")
            try await browser.type("AAAA-AAAA-AAAA", into: "#code")
            try await browser.type("correct horse", into: "#password")
            try await browser.click("button")
            try await browser.wait(
                for: "document.querySelector('#message').textContent.startsWith('This is not the code')")
            try await browser.type(code, into: "#code")
            try await browser.type("correct horse", into: "#password")
            try await browser.click("button")
            try await browser.wait(forElement: "[data-action=sign-out]")
            try await browser.click("[data-action=sign-out]")
            try await browser.wait(for: "document.querySelector('#message')?.textContent === 'You are signed out.'")
            // Whoever knows the password gets back to where they wanted to go.
            try await browser.open(url + "/?account=den")
            try await browser.type("correct horse", into: "#password")
            try await browser.click("button")
            try await browser.wait(forElement: "[data-action=sign-out]")
            #expect(try await browser.url() == url + "/?account=den")
            #expect(try await world.waitForLog("warning sign-in refused") != nil)
        }

        @Test func `a session that ends elsewhere leads the open page to the sign-in`() async throws {
            let world = try await World(["--sign-in", "password"])
            try await world.setPassword("correct horse battery")
            let browser = try await SharedBrowser.fresh(WebDriverOptions())
            try await browser.open(try world.url)
            try await browser.type("correct horse battery", into: "#password")
            try await browser.click("button")
            try await browser.wait(forElement: "[data-action=sign-out]")
            try await world.setPassword("another one, please")
            // The next thing that the page asks is refused.
            try await browser.run("window.saveSetting('trakt.client_id', 'x')")
            try await browser.wait(for: "location.pathname === '/sign-in/'")
        }
    }
}
