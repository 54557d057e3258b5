internal import HTTP
internal import JSON

/// The driver of a real browser (W3C WebDriver), for tests that click.
public final class WebDriver: Sendable {
    private let process: ProcessHandle
    private let base: String
    private let client = Client(userAgent: "latchkey-tests")

    /// Starts the driver on a free port.
    public init() async throws {
        process = try ProcessHandle("/usr/bin/chromedriver", ["--port=0"])
        let phrase = "started successfully on port "
        guard let line = await process.output.line(where: { $0.contains(phrase) }),
            let port = line.split(separator: " ").last.flatMap({ Int($0.filter(\.isNumber)) })
        else {
            throw WebDriverError(
                code: "session not created", message: "chromedriver did not start: install chromium-driver")
        }
        base = "http://127.0.0.1:\(port)"
    }

    /// Opens a browser, runs a test in it, and closes all of it whatever happens.
    public static func run(
        _ options: WebDriverOptions = WebDriverOptions(), _ test: @Sendable (WebDriverSession) async throws -> Void
    ) async throws {
        let driver = try await WebDriver()
        // The driver is killed as well when the time limit of a test cancels it: that ends the command that hangs.
        let result = await withTaskCancellationHandler {
            do {
                try await test(try await driver.open(options))
                return nil as (any Error)?
            } catch {
                return error
            }
        } onCancel: {
            driver.stop()
        }
        driver.stop()
        _ = await driver.process.waitForEnd()
        if let result { throw result }
    }

    /// Opens a browser.
    public func open(_ options: WebDriverOptions = WebDriverOptions()) async throws -> WebDriverSession {
        let answer = try await send("POST", "/session", options.capabilities)
        guard let id = answer["sessionId"]?.stringValue else {
            throw WebDriverError(code: "session not created", message: "the driver gave no session id")
        }
        let session = WebDriverSession(driver: self, id: id)
        try await session.emulate(options)
        return session
    }

    /// Ends the driver and its browsers.
    public func stop() { process.kill() }

    /// One command of the protocol: gives the `value` of the answer.
    func send(_ method: String, _ path: String, _ body: JSON? = nil) async throws -> JSON {
        let request = ClientRequest(
            method: method, url: base + path, headers: ["Content-Type": "application/json"],
            body: body?.encoded() ?? [], timeout: .seconds(60), maximumBytes: 64 << 20)
        let response = try await client.send(request)
        let value = try JSON.parse(response.body)["value"] ?? .null
        if response.status >= 400 {
            throw WebDriverError(
                code: value["error"]?.stringValue ?? "unknown error",
                message: value["message"]?.stringValue ?? "status \(response.status)")
        }
        return value
    }
}
