import Files
import JSON
import Testing

@testable import TestSupport

@Suite(.timeLimit(.minutes(2)), .serialized)
struct WebDriverTests {
    @Test func `smoke`() async throws {
        let folder = try TemporaryFolder()
        var options = WebDriverOptions()
        options.width = 320
        options.isDark = true
        try await WebDriver.run(options) { browser in
            try await browser.open(
                "data:text/html,<title>T</title><input id=a><button id=b onclick=\"console.error('x'+a.value);setTimeout(()=>document.title='U',50)\">Go</button>"
            )
            #expect(try await browser.title() == "T")
            #expect(
                try await browser.run("return [innerWidth, matchMedia('(prefers-color-scheme: dark)').matches]") == [
                    320, true,
                ])
            try await browser.type("hello", into: "#a")
            try await browser.click("#b")
            try await browser.wait(for: "document.title === 'U'")
            let log = try await browser.log()
            #expect(log == ["x"])
            try await browser.find("#a").type(WebDriverElement.Key.control + "a")
            try await browser.find("#a").type(WebDriverElement.Key.control + "c")
            #expect(try await browser.clipboard() == "hello")
            try await browser.screenshot(to: folder("a.png"))
            try await browser.screenshot(to: folder("b.png"), fullPage: true)
            #expect(try Files.read(folder("a.png")).starts(with: [0x89, 0x50]))
            await #expect(throws: WebDriverError.self) {
                try await browser.wait(for: "false", within: .milliseconds(300))
            }
        }
    }
}
