import Files
import HTTP
import JSON
import Testing

@testable import TestSupport

/// One small page that does what the tests of the browser need.
private struct Page: Responder {
    static let html = """
        <!doctype html><html lang="en"><head><title>Page</title><link rel="icon" href="data:,">
        <script src="/script.js" defer></script></head>
        <body><input id="name" aria-label="Name"><button id="go">Go</button><p id="out" hidden></p>
        <a id="open" href="/second" target="_blank">Second</a><button id="popup">Pop-up</button></body></html>
        """
    static let script = """
        const out = document.querySelector('#out');
        document.querySelector('#go').onclick = () => fetch('/answer').then(r => r.text()).then(text => {
          out.textContent = text + ' ' + document.querySelector('#name').value; out.hidden = false;
        });
        document.querySelector('#popup').onclick = () => setTimeout(() => { window.popup = window.open('/second') }, 0);
        if (location.hash === '#popup') window.popup = window.open('/second');
        """
    static let policy = "default-src 'none'; script-src 'self'; connect-src 'self'; img-src data:"

    func respond(to request: Request) async -> Response {
        switch request.path {
        case "/": page(Self.html)
        case "/script.js":
            Response(status: 200, headers: ["Content-Type": "text/javascript"], body: .bytes(Array(Self.script.utf8)))
        case "/second": page("<!doctype html><title>Second</title><link rel=icon href=data:,><p>Second")
        case "/bad": page("<!doctype html><title>Bad</title><link rel=icon href=data:,><script>alert(1)</script>")
        case "/answer": .text(200, "hello")
        default: .text(404, "nothing")
        }
    }

    private func page(_ html: String) -> Response {
        var response = Response.html(200, html)
        response.headers["Content-Security-Policy"] = Self.policy
        return response
    }
}

@Suite(.timeLimit(.minutes(2)), .serialized)
struct WebDriverTests {
    private let server: Server
    private let url: String

    init() throws {
        server = Server(
            configuration: ServerConfiguration(listen: [.tcp(host: "127.0.0.1", port: 0)]), responder: Page())
        url = "http://" + (try server.start().first?.description ?? "")
    }

    @Test func `a page is read, typed into and clicked, and it says nothing to the log`() async throws {
        let url = url
        try await WebDriver.run { browser in
            try await browser.open(url)
            #expect(try await browser.title() == "Page")
            try await browser.type("world", into: "#name")
            try await browser.click("#go")
            try await browser.wait(forElement: "#out")
            #expect(try await browser.text(of: "#out") == "hello world")
            let name = try await browser.find("#name")
            #expect(try await name.property("value") == "world")
            #expect(try await name.attribute("id") == "name")
            #expect(try await name.label() == "Name")
            #expect(try await name.role() == "textbox")
            #expect(try await browser.findAll("button").count == 2)
            #expect(try await browser.find("#go").isEnabled())
            #expect(try await browser.run("return arguments[0] + 1", [1]) == 2)
            #expect(try await browser.runAsync("arguments[1](arguments[0])", ["back"]) == "back")
            #expect(try await browser.log() == [])
            try await browser.reload()
            #expect(try await browser.find("#out").isDisplayed() == false)
        }
    }

    @Test func `what the content security policy stops is in the log`() async throws {
        let url = url
        try await WebDriver.run { browser in
            try await browser.open(url + "/bad")
            let log = try await browser.log()
            #expect(log.count == 1)
            #expect(log.first?.contains("Content Security Policy") == true, "\(log)")
        }
    }

    @Test func `an element or a state that does not come is an error with a name`() async throws {
        let url = url
        try await WebDriver.run { browser in
            try await browser.open(url)
            do {
                _ = try await browser.find("#nothing")
                Issue.record("#nothing was found")
            } catch let error as WebDriverError {
                #expect(error.code == "no such element")
            }
            let expected = WebDriverError(code: "timeout", message: "1 > 2 did not become true at \(url)/")
            await #expect(throws: expected) { try await browser.wait(for: "1 > 2", within: .milliseconds(50)) }
        }
    }

    @Test func `size, colours and the picture are as asked`() async throws {
        let url = url
        let folder = try TemporaryFolder()
        var options = WebDriverOptions()
        (options.width, options.height, options.isDark) = (320, 640, true)
        try await WebDriver.run(options) { browser in
            try await browser.open(url)
            let seen = try await browser.run(
                "return [innerWidth, innerHeight, matchMedia('(prefers-color-scheme: dark)').matches]")
            #expect(seen == [320, 640, true])
            try await browser.screenshot(to: folder("page.png"))
            try await browser.screenshot(to: folder("full.png"), fullPage: true)
            for name in ["page.png", "full.png"] {
                #expect(try Files.read(folder(name)).starts(with: [0x89, 0x50, 0x4E, 0x47]))
            }
        }
    }

    @Test func `windows are switched, and the clipboard is read`() async throws {
        let url = url
        try await WebDriver.run { browser in
            try await browser.open(url)
            let first = try await browser.window()
            try await browser.click("#open")
            try await browser.switchToWindow(notIn: [first])
            try await browser.wait(for: "document.title === 'Second'")
            #expect(try await browser.url() == url + "/second")
            try await browser.closeWindow()
            try await browser.switchTo(window: first)
            try await browser.type("copied", into: "#name")
            try await browser.find("#name").type(WebDriverElement.Key.control + "a")
            try await browser.find("#name").type(WebDriverElement.Key.control + "c")
            #expect(try await browser.clipboard() == "copied")
            #expect(try await browser.window() == first)
        }
    }

    @Test(arguments: [true, false]) func `pop-ups that no click asked for can be blocked`(blocks: Bool) async throws {
        let url = url
        var options = WebDriverOptions()
        options.blocksPopups = blocks
        try await WebDriver.run(options) { browser in
            try await browser.open(url + "/#popup")
            try await browser.wait(for: "window.popup !== undefined")
            #expect(try await browser.run("return window.popup === null") == .bool(blocks))
        }
    }

    @Test(arguments: [true, false]) func `pop-ups of a click can be refused, too`(refuses: Bool) async throws {
        let url = url
        var options = WebDriverOptions()
        options.refusesPopups = refuses
        try await WebDriver.run(options) { browser in
            try await browser.open(url)
            try await browser.click("#popup")
            try await browser.wait(for: "window.popup !== undefined")
            #expect(try await browser.run("return window.popup === null") == .bool(refuses))
        }
    }

    @Test func `a name of the LAN leads here, and is no secure context`() async throws {
        let lan = url.replacing("127.0.0.1", with: "nas.lan")
        var options = WebDriverOptions()
        options.hostRules = ["MAP nas.lan 127.0.0.1"]
        try await WebDriver.run(options) { browser in
            try await browser.open(lan)
            #expect(try await browser.title() == "Page")
            #expect(try await browser.run("return [isSecureContext, location.hostname]") == [false, "nas.lan"])
        }
    }

    @Test func `a browser without JavaScript shows the page`() async throws {
        let url = url
        var options = WebDriverOptions()
        options.hasJavaScript = false
        try await WebDriver.run(options) { browser in
            try await browser.open(url)
            try await browser.click("#go")
            #expect(try await browser.find("#out").isDisplayed() == false)
            #expect(try await browser.find("#name").isDisplayed())
        }
    }
}
