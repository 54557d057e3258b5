internal import HTTP
internal import JSON

/// The driver of a real browser (W3C WebDriver), for tests that click.
public final class WebDriver: Sendable {
    private let process: ProcessHandle
    private let base: String
    /// What the browser leaves behind goes when the driver does.
    private let folder: TemporaryFolder
    private let client = Client(userAgent: "latchkey-tests")

    private init(port: Int) throws {
        folder = try TemporaryFolder()
        process = try ProcessHandle(
            "/usr/bin/chromedriver", ["--port=\(port)"],
            environment: ProcessHandle.environment(["TMPDIR": folder.path]))
        base = "http://127.0.0.1:\(port)"
    }

    /// Starts the driver on a free port.
    ///
    /// Left to choose a port itself, it takes one of IPv6, which may be another program's on 127.0.0.1.
    public static func start() async throws -> WebDriver {
        for _ in 0..<10 {
            guard let port = Loopback.freePort() else { break }
            if let driver = try await start(at: port) { return driver }
        }
        throw WebDriverError(
            code: "session not created", message: "chromedriver did not start: install chromium-driver")
    }

    private static func start(at port: Int) async throws -> WebDriver? {
        let driver = try WebDriver(port: port)
        if await driver.isReady(at: port) { return driver }
        driver.stop()
        _ = await driver.process.waitForEnd()
        return nil
    }

    /// Whether it is the driver that answers there (W3C WebDriver, section 8.3).
    private func isReady(at port: Int) async -> Bool {
        let line = await process.output.line { $0.contains("started successfully on port \(port)") }
        guard line != nil else { return false }
        let answer = try? await client.send(ClientRequest(url: base + "/status"))
        return answer.flatMap { try? JSON.parse($0.body) }?["value"]?["ready"]?.boolValue == true
    }

    /// Opens a browser, runs a test in it, and closes all of it whatever happens.
    public static func run(
        _ options: WebDriverOptions = WebDriverOptions(), _ test: @Sendable (WebDriverSession) async throws -> Void
    ) async throws {
        let driver = try await WebDriver.start()
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
