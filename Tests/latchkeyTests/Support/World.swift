import Files
import Glibc
import HTTP
import JSON
import Simulator
import Synchronization
import TestSupport

@testable import Vault

/// The binary in a process of its own, and in this process the providers that it talks to.
final class World: Sendable {
    /// Something that a test took for granted did not work.
    struct Trouble: Error, CustomStringConvertible {
        let description: String
    }

    /// The simulated providers: knobs, counts, approvals.
    let server: SimulatorServer
    /// `data` and `site` are in it.
    let folder: TemporaryFolder
    private let arguments: [String]
    private let isOnItsOwn: Bool
    private let process = Mutex<RunningLatchkey?>(nil)
    private let collected = Mutex<[String]>([])
    private let client = Client(userAgent: "latchkey-tests")
    private let way = Mutex<ProxiedClient?>(nil)

    var simulator: Simulator { server.simulator }

    /// Starts both. Providers ask for a second between polls, so that tests are quick. A binary that is on its own is
    /// not told of the simulated providers.
    ///
    /// - Parameter prepare: puts files into the folder before the start.
    init(
        _ arguments: [String] = [], isOnItsOwn: Bool = false,
        prepare: (TemporaryFolder) throws -> [String] = { _ in [] }
    ) async throws {
        server = try SimulatorServer()
        folder = try TemporaryFolder()
        let arguments = try arguments + prepare(folder)
        self.arguments = arguments
        self.isOnItsOwn = isOnItsOwn
        for provider in SimulatedProvider.allCases { server.simulator.configure(provider) { $0.interval = 1 } }
        try await start()
    }

    /// Nobody may write into the folder while it is removed.
    deinit { process.withLock { $0?.process.kill() } }

    // MARK: The process

    /// Starts the binary; at `port` when it is given, else at any free one.
    func start(port: Int = 0) async throws {
        let addresses = isOnItsOwn ? [:] : server.hosts
        let hosts = addresses.sorted { $0.key < $1.key }.flatMap { ["--host", "\($0.key)=\($0.value)"] }
        // All of them, whatever the page of a site shows that does not choose.
        let chosen = arguments.contains("--providers") ? [] : ["--providers", "all"]
        let listen = arguments.contains("--listen") ? [] : ["--listen", "127.0.0.1:\(port)"]
        let running = try await RunningLatchkey(
            ["serve", "--data", folder("data"), "--site", folder("site"), "--log-level", "debug"] + listen + hosts
                + chosen + arguments,
            environment: ["HOME": folder.path, "LATCHKEY_KEY": ProcessHandle.sealingKey], folder: "/")
        // The last line that it prints: by then its port is known, whatever address is public.
        _ = await running.process.output.line { $0.hasPrefix("Config and tokens") }
        process.withLock { $0 = running }
    }

    private var running: RunningLatchkey {
        get throws {
            guard let running = process.withLock(\.self) else { throw Trouble(description: "not running") }
            return running
        }
    }

    /// Ends it as a crash does.
    func kill() async throws {
        let process = try running.process
        process.kill()
        _ = await process.waitForEnd()
    }

    /// Sends it a signal.
    func signal(_ number: Int32) throws { try running.process.signal(number) }

    /// Waits until it has ended.
    func end() async throws -> ProcessHandle.End? { try await running.process.waitForEnd() }

    /// Asks it to end.
    func stop() async throws -> ProcessHandle.End? { try await running.process.terminate() }

    /// Ends it as a crash does, and starts it again at the same port.
    func crash() async throws {
        let port = try port
        collected.withLock { $0.append((try? log) ?? "") }
        try await kill()
        try await start(port: port)
    }

    /// The address that it printed, without a slash at the end.
    var url: String { get throws { try running.url } }

    /// The port on this machine.
    var port: Int {
        get throws {
            let said = try running.process.output.text
            let parts = said.split { !$0.isNumber && $0 != "." && $0 != ":" }.filter { $0.hasPrefix("127.0.0.1:") }
            return parts.compactMap { Int($0.dropFirst("127.0.0.1:".count)) }.last ?? 0
        }
    }

    /// What it printed.
    var log: String { get throws { try running.process.output.text + running.process.errors.text } }

    /// Waits for a line of its log.
    func waitForLog(_ text: String) async throws -> String? {
        try await running.process.errors.line { $0.contains(text) }
    }

    /// Waits for a line of what it prints.
    func waitForOutput(_ text: String) async throws -> String? {
        try await running.process.output.line { $0.contains(text) }
    }

    // MARK: Requests

    /// Sends a request. What is answered is collected, unless it is the one place where a secret belongs.
    func send(
        _ method: String, _ path: String, _ headers: HeaderFields = [:], body: [UInt8] = [], isSecret: Bool = false
    ) async throws -> Answer {
        let answer = try await answer(method, path, headers, body)
        if isSecret { return answer }
        collected.withLock {
            $0.append(answer.headers.fields.map { "\($0.name): \($0.value)" }.joined(separator: "\n") + answer.text)
        }
        return answer
    }

    /// From now on requests go through a proxy.
    func go(through client: ProxiedClient) { way.withLock { $0 = client } }

    private func answer(
        _ method: String, _ path: String, _ headers: HeaderFields, _ body: [UInt8]
    ) async throws -> Answer {
        if let way = way.withLock(\.self) { return try await way.send(method, path, headers, body) }
        let response = try await client.send(
            ClientRequest(
                method: method, url: "http://127.0.0.1:\(try port)\(path)", headers: headers, body: body,
                timeout: .seconds(60)))
        return Answer(status: response.status, headers: response.headers, body: response.body)
    }

    func get(_ path: String, _ headers: HeaderFields = [:]) async throws -> Answer {
        try await send("GET", path, headers)
    }

    /// Posts as the page does: JSON, from the own origin.
    @discardableResult
    func post(_ path: String, _ body: JSON? = nil, _ headers: HeaderFields = [:]) async throws -> Answer {
        var all = headers
        if all["Origin"] == nil { all["Origin"] = try origin }
        if body != nil, all["Content-Type"] == nil { all["Content-Type"] = "application/json" }
        return try await send("POST", path, all, body: body?.encoded() ?? [])
    }

    /// The origin of the page.
    var origin: String { get throws { try String(url.prefix(while: Self.isAuthority(url))) } }

    private static func isAuthority(_ url: String) -> (Character) -> Bool {
        var slashes = 0
        return { character in
            if character == "/" { slashes += 1 }
            return slashes < 3
        }
    }

    /// Sends bytes as they are, on a connection of their own.
    func raw(_ text: String, isHead: Bool = false) async throws -> RawResponse {
        let client = try await RawClient.connect(port: try port)
        try await client.send(text)
        return try await client.response(isHead: isHead)
    }

    // MARK: Accounts

    /// Types the app keys that the simulated providers know.
    func enterKeys() async throws {
        let answer = try await post(
            "/api/config",
            [
                "trakt": ["client_id": .string(Simulator.demoValues["trakt.client_id"] ?? "")],
                "simkl": ["client_id": .string(Simulator.demoValues["simkl.client_id"] ?? "")],
                "tmdb": ["api_key": .string(Simulator.demoValues["tmdb.api_key"] ?? "")],
            ])
        if answer.status != 200 { throw Trouble(description: "no keys: \(answer.summary)") }
    }

    /// The status of a provider now.
    func status(_ provider: SimulatedProvider) async throws -> JSON {
        try await get("/api/\(provider.rawValue)/status").json
    }

    /// The first status of a provider, from now on, that is as wished: from the events, without asking again.
    @discardableResult
    func status(_ provider: SimulatedProvider, where fits: (JSON) -> Bool) async throws -> JSON {
        let feed = try await EventFeed(port: try port)
        defer { collected.withLock { $0.append(feed.text) } }
        return try await feed.status(provider.rawValue, where: fits)
    }

    /// The first status in this state.
    @discardableResult
    func status(_ provider: SimulatedProvider, is state: String) async throws -> JSON {
        try await status(provider) { $0.text("state") == state }
    }

    /// The first status whose sign-in stands so.
    @discardableResult
    func status(_ provider: SimulatedProvider, flow status: String) async throws -> JSON {
        try await self.status(provider) { $0.text("flow.status") == status }
    }

    /// Begins a sign-in by code, and gives the answer.
    @discardableResult
    func begin(_ provider: SimulatedProvider, method: String? = nil) async throws -> JSON {
        let answer = try await post("/api/\(provider.rawValue)/pin/new", method.map { ["method": .string($0)] })
        if answer.status != 200 { throw Trouble(description: "no sign-in: \(answer.summary)") }
        return answer.json
    }

    // MARK: What is kept

    /// The file of the vault, as it would be if nothing were secret.
    var vault: JSON {
        get throws {
            let path = folder("data/default.json")
            guard let ring = KeyRing(text: ProcessHandle.sealingKey) else { return .null }
            let sealing = VaultDocument.Sealing(ring: ring, owner: VaultName.default) { _ in true }
            return try VaultDocument(try Files.read(path), file: path, sealing: sealing).plain()
        }
    }

    /// Every file that was made, with its path: the site and the data. Those of sinks lie elsewhere.
    var everyFile: [(path: String, text: String)] {
        get throws {
            let made = try ["data", "site/Output"].flatMap { folder in
                try Files.regularFiles(below: self.folder(folder)).map { folder + "/" + $0 }
            }
            // Hidden files are the locks.
            return try made.map { path in
                (path, String(decoding: try Files.read(self.folder(path)), as: UTF8.self))
            }
        }
    }

    /// Everything that anybody could see so far: answers, events, log.
    var everythingSeen: String {
        get throws { try (collected.withLock(\.self) + [log]).joined(separator: "\n") }
    }
}
