import HTTP
import JSON
import TestSupport
import Testing

@testable import Simulator

/// The pages in a real browser: a person can use them, on a telephone and in the dark.
@Suite(.timeLimit(.minutes(2)), .serialized)
struct BrowserTests {
    let world: World

    init() throws { world = try World() }

    private func userCode() async throws -> String {
        let start = try await world.post("/trakt/auth/oauth/device/code", json: ["client_id": "demo-trakt-client-id"])
        return try #require(start.json["user_code"]?.stringValue)
    }

    /// Nothing to scroll sideways, and nothing in the console.
    private func check(_ browser: WebDriverSession) async throws {
        #expect(try await browser.run("return document.documentElement.scrollWidth <= innerWidth") == true)
        #expect(try await browser.log() == [])
    }

    @Test(arguments: [true, false]) func `a code is approved by a click, at 320 pixels`(isDark: Bool) async throws {
        let code = try await userCode()
        let url = world.base
        var options = WebDriverOptions()
        (options.width, options.height, options.isDark) = (320, 640, isDark)
        try await WebDriver.run(options) { browser in
            try await browser.open(url + "/trakt/auth/activate")
            #expect(try await browser.find("#user_code").property("value") == .string(code))
            try await check(browser)
            try await browser.type("sean", into: "#account")
            try await browser.click("#approve")
            try await browser.wait(for: "document.querySelector('h1').textContent === 'Approved'")
            #expect(
                try await browser.text(of: "#message")
                    == "demo-trakt-client-id may use the account. You can close this page.")
            try await check(browser)
        }
        #expect(world.simulator.pendingCodes(.trakt) == [])
    }

    @Test func `a code is typed and denied`() async throws {
        let code = try await userCode()
        _ = try await userCode()
        let url = world.base
        try await WebDriver.run { browser in
            try await browser.open(url + "/trakt/auth/activate")
            try await browser.type("wrong", into: "#user_code")
            try await browser.click("#deny")
            #expect(try await browser.wait(forElement: "#message").text() == "No sign-in has this code.")
            try await browser.type(code.lowercased(), into: "#user_code")
            try await browser.click("#deny")
            try await browser.wait(for: "document.querySelector('h1').textContent === 'Denied'")
        }
        #expect(world.simulator.pendingCodes(.trakt).count == 1)
    }

    @Test func `the list approves, and the consent page sends the browser back`() async throws {
        _ = try await userCode()
        let url = world.base
        var options = WebDriverOptions()
        (options.width, options.height) = (320, 640)
        let query = Form.encode([
            ("response_type", "code"), ("client_id", "app"), ("redirect_uri", url + "/control/simkl"), ("state", "s"),
            ("code_challenge", PKCE.challenge), ("code_challenge_method", "S256"),
        ])
        try await WebDriver.run(options) { browser in
            try await browser.open(url + "/")
            try await check(browser)
            try await browser.click("button[value=approve]")
            try await browser.wait(for: "document.querySelector('#message')")
            try await browser.open(url + "/simkl/web/oauth2/authorize?" + query)
            try await check(browser)
            try await browser.click("#approve")
            try await browser.wait(for: "location.pathname === '/control/simkl'")
            let state = try await browser.run("return new URL(location.href).searchParams.get('iss')")
            #expect(state == "https://simkl.com")
        }
        #expect(world.simulator.pendingCodes(.trakt) == [])
    }
}
