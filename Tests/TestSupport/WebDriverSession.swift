internal import Files
internal import FoundationEssentials
public import JSON
internal import Synchronization

/// A browser with at least one window. What it does is done in the current window.
public struct WebDriverSession: Sendable {
    private let driver: WebDriver
    private let id: String
    private let refusal = Refusal()

    /// Whether pages of the current window may open others: set by `emulate`.
    private final class Refusal: Sendable {
        let isOn = Atomic(false)
    }

    init(driver: WebDriver, id: String) {
        self.driver = driver
        self.id = id
    }

    func send(_ method: String, _ path: String, _ body: JSON? = nil) async throws -> JSON {
        try await driver.send(method, "/session/\(id)\(path)", body)
    }

    /// Sets what the options say about the page's area and its colours; it is needed again in each new window.
    public func emulate(_ options: WebDriverOptions) async throws {
        try await devTools(
            "Emulation.setDeviceMetricsOverride",
            [
                "width": .int(options.width), "height": .int(options.height), "deviceScaleFactor": 1, "mobile": false,
            ])
        let scheme: JSON = options.isDark ? "dark" : "light"
        try await devTools(
            "Emulation.setEmulatedMedia",
            [
                "features": [
                    ["name": "prefers-color-scheme", "value": scheme],
                    ["name": "prefers-reduced-motion", "value": "reduce"],
                ]
            ])
        refusal.isOn.store(options.refusesPopups, ordering: .relaxed)
    }

    /// A command of Chromium's own protocol (https://chromedevtools.github.io/devtools-protocol/).
    @discardableResult
    public func devTools(_ command: String, _ parameters: JSON = [:]) async throws -> JSON {
        try await send("POST", "/goog/cdp/execute", ["cmd": .string(command), "params": parameters])
    }

    // MARK: Pages

    /// Opens a page and waits until it is loaded.
    public func open(_ url: String) async throws {
        _ = try await send("POST", "/url", ["url": .string(url)])
        try await refuseWindows()
    }

    /// As a strict blocker does: nothing that a click begins opens a window, only links do.
    private func refuseWindows() async throws {
        guard refusal.isOn.load(ordering: .relaxed) else { return }
        try await run("window.open = function open() { return null }")
    }

    /// The address of the page.
    public func url() async throws -> String { try await send("GET", "/url").stringValue ?? "" }

    /// The title of the page.
    public func title() async throws -> String { try await send("GET", "/title").stringValue ?? "" }

    /// Loads the page again.
    public func reload() async throws {
        _ = try await send("POST", "/refresh", [:])
        try await refuseWindows()
    }

    // MARK: Scripts

    /// Runs the body of a function in the page (`return …`), and gives its value.
    @discardableResult
    public func run(_ script: String, _ arguments: [JSON] = []) async throws -> JSON {
        try await send("POST", "/execute/sync", ["script": .string(script), "args": .array(arguments)])
    }

    /// Runs the body of a function whose last argument is called with the result.
    @discardableResult
    public func runAsync(_ script: String, _ arguments: [JSON] = []) async throws -> JSON {
        try await send("POST", "/execute/async", ["script": .string(script), "args": .array(arguments)])
    }

    /// Waits until an expression of JavaScript is true, over reloads and navigations, and gives its value.
    ///
    /// The page looks at each change of the document and every 20 ms, so that no time is lost and none is guessed.
    @discardableResult
    public func wait(for expression: String, within limit: Duration = .patience) async throws -> JSON {
        let script = """
            const done = arguments[arguments.length - 1], end = performance.now() + 1000;
            const look = () => { try { return (\(expression)) } catch { return false } };
            const finish = value => { observer.disconnect(); clearInterval(timer); done(value) };
            const check = () => {
              const value = look();
              if (value) finish(value); else if (performance.now() > end) finish(null);
            };
            const observer = new MutationObserver(check);
            observer.observe(document, { subtree: true, childList: true, attributes: true, characterData: true });
            const timer = setInterval(check, 20);
            check();
            """
        let deadline = ContinuousClock.now + limit
        while ContinuousClock.now < deadline {
            do {
                let value = try await runAsync(script)
                if value != .null { return value }
            } catch let error as WebDriverError where Self.isPassing(error) {
                // The page went away under the script: look again in the next one.
                try await Task.sleep(for: .milliseconds(10))
            }
        }
        let place = (try? await url()) ?? "no page"
        throw WebDriverError(code: "timeout", message: "\(expression) did not become true at \(place)")
    }

    private static func isPassing(_ error: WebDriverError) -> Bool {
        ["javascript error", "stale element reference", "unknown error", "script timeout"].contains(error.code)
            && !error.message.contains("SyntaxError")
    }

    // MARK: Elements

    /// The first element of a CSS selector.
    public func find(_ selector: String) async throws -> WebDriverElement {
        let found = try await send("POST", "/element", ["using": "css selector", "value": .string(selector)])
        return try WebDriverElement(session: self, found: found)
    }

    /// All elements of a CSS selector.
    public func findAll(_ selector: String) async throws -> [WebDriverElement] {
        let found = try await send("POST", "/elements", ["using": "css selector", "value": .string(selector)])
        return try (found.arrayValue ?? []).map { try WebDriverElement(session: self, found: $0) }
    }

    /// Waits until an element is there and shown, and gives it.
    @discardableResult
    public func wait(forElement selector: String, within limit: Duration = .patience) async throws
        -> WebDriverElement
    {
        let quoted = String(decoding: JSON.string(selector).encoded(), as: UTF8.self)
        try await wait(for: "document.querySelector(\(quoted))?.checkVisibility()", within: limit)
        return try await find(selector)
    }

    /// Clicks the first element of a selector, once it is shown.
    public func click(_ selector: String) async throws { try await wait(forElement: selector).click() }

    /// Replaces the content of a field by typing.
    public func type(_ text: String, into selector: String) async throws {
        let element = try await wait(forElement: selector)
        try await element.clear()
        try await element.type(text)
    }

    /// The text of the first element of a selector as it is shown.
    public func text(of selector: String) async throws -> String { try await find(selector).text() }

    // MARK: Windows

    /// The windows, in no order.
    public func windows() async throws -> [String] {
        try await send("GET", "/window/handles").arrayValue?.compactMap(\.stringValue) ?? []
    }

    /// The current window.
    public func window() async throws -> String { try await send("GET", "/window").stringValue ?? "" }

    /// Makes a window the current one.
    public func switchTo(window: String) async throws {
        _ = try await send("POST", "/window", ["handle": .string(window)])
    }

    /// Opens an empty window (a tab), makes it the current one and gives it.
    @discardableResult
    public func openWindow() async throws -> String {
        let handle = try await send("POST", "/window/new", ["type": "tab"])["handle"]?.stringValue ?? ""
        try await switchTo(window: handle)
        return handle
    }

    /// Closes the current window; another has to be made the current one.
    public func closeWindow() async throws { _ = try await send("DELETE", "/window") }

    /// Waits for a window that is not one of these, makes it the current one and gives it.
    @discardableResult
    public func switchToWindow(notIn old: [String], within limit: Duration = .patience) async throws -> String {
        let deadline = ContinuousClock.now + limit
        while ContinuousClock.now < deadline {
            if let new = try await windows().first(where: { !old.contains($0) }) {
                try await switchTo(window: new)
                return new
            }
            try await Task.sleep(for: .milliseconds(20))
        }
        throw WebDriverError(code: "timeout", message: "no new window opened")
    }

    /// Presses keys in whatever has the focus (see `WebDriverElement.Key`).
    public func press(_ keys: String) async throws {
        var steps: [JSON] = []
        for key in keys { steps.append(["type": "keyDown", "value": .string(String(key))]) }
        for key in keys.reversed() { steps.append(["type": "keyUp", "value": .string(String(key))]) }
        _ = try await send(
            "POST", "/actions", ["actions": [["type": "key", "id": "keyboard", "actions": .array(steps)]]])
    }

    // MARK: What happened

    /// What the console, the network and the content security policy reported since the last look, as
    /// `LEVEL source: message`. A page without faults has nothing to say.
    public func log() async throws -> [String] {
        let entries = try await send("POST", "/se/log", ["type": "browser"]).arrayValue ?? []
        return entries.map { entry in
            "\(entry["level"]?.stringValue ?? "") \(entry["source"]?.stringValue ?? ""): "
                + (entry["message"]?.stringValue ?? "")
        }
    }

    /// Writes a picture (PNG) of the page to a file; of all of it, also what has to be scrolled to, when asked.
    public func screenshot(to path: String, fullPage: Bool = false) async throws {
        let answer =
            fullPage
            ? try await devTools("Page.captureScreenshot", ["captureBeyondViewport": true])["data"]
            : try await send("GET", "/screenshot")
        guard let data = answer?.stringValue.flatMap({ Data(base64Encoded: $0) }) else {
            throw WebDriverError(code: "unable to capture screen", message: "the driver gave no picture")
        }
        try Files.write(Array(data), to: path)
    }

    /// The text on the clipboard. It is pasted into a window of its own, because pages on plain http cannot read it.
    public func clipboard() async throws -> String {
        let before = try await window()
        try await openWindow()
        try await open("data:text/html,<textarea autofocus></textarea>")
        try await find("textarea").type(WebDriverElement.Key.control + "v")
        let text = try await run("return document.querySelector('textarea').value").stringValue ?? ""
        try await closeWindow()
        try await switchTo(window: before)
        return text
    }

    /// Allows or forbids something to the page's origin, such as `clipboard-read` (W3C Permissions, automation).
    public func setPermission(_ name: String, granted: Bool) async throws {
        _ = try await send(
            "POST", "/permissions",
            ["descriptor": ["name": .string(name)], "state": granted ? "granted" : "denied"])
    }
}
