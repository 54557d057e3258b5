import Files
import JSON
import Providers
import Simulator
import Site
import Synchronization
import TestSupport
import Testing
import Vault

@testable import Companion
@testable import HTTP

/// A companion with a vault on the disk, whose providers are simulated over real HTTP.
final class World: Sendable {
    let folder: TemporaryFolder
    let vault: FileVault
    let server: SimulatorServer
    let companion: Companion
    let signIn: SignIn?
    let lines = Lines()

    /// Pages that show their values, one a line.
    private static let pages: SignInPages = {
        func page(_ name: String) -> [UInt8] {
            Array(([name] + SignInPlace.all.map { "\($0)=\(SignInPlace.mark($0))" }).joined(separator: "\n").utf8)
        }
        return SignInPages(password: page("password"), setup: page("setup"), elsewhere: page("elsewhere"))
    }()

    static let origin = "http://127.0.0.1:8787"
    static let tmdbKey = "0123456789abcdef0123456789abcdef"

    var simulator: Simulator { server.simulator }

    /// - Parameters:
    ///   - stored: what the vault's file holds.
    ///   - server: the simulated providers, when they are to be those of another world.
    ///   - provider: the only one that is described; nil for those through which tests walk.
    ///   - other: the world whose data folder and providers it shares, as another process would.
    ///   - telling: whom changes are told, for the folder of the world; they are after `companion.resume()`.
    init(
        stored: String? = nil, server: SimulatorServer? = nil, only provider: String? = nil, pendingLimit: Int = 1000,
        accountLimit: Int = 1000, beside other: World? = nil, signIn mode: SignIn.Mode? = nil, apiKeys: Bool = false,
        sharesKeys: Bool = false,
        publicURL: String = World.origin + "/",
        telling: (TemporaryFolder, Catalogue) throws -> Telling = { _, _ in Telling() }
    ) throws {
        folder = try other?.folder ?? TemporaryFolder()
        if let stored { try folder.write(stored, to: "default.json") }
        self.server = try other?.server ?? server ?? SimulatorServer()
        let described = provider.map { [$0] } ?? SimulatedProvider.allCases.map(\.rawValue)
        let builtIn = SiteSources([]).files.filter { file in
            !file.path.hasPrefix("Templates/providers/") || described.contains { file.path.hasSuffix("/\($0).json5") }
        }
        let catalogue = try SiteSources([], over: builtIn).catalogue()
        let schema = ConfigSchema(catalogue)
        vault = try FileVault(
            folder: folder.path, keys: try Self.keys(), role: other == nil ? .server : .visitor
        ) { schema.isSealed($0) }
        let hosts = self.server.hosts.filter { host in described.contains { host.key.hasPrefix("\($0).") } }
        signIn = try mode.map { [folder] mode in
            try SignIn(
                mode, folder: folder("sign-in"), publicURL: Self.origin + "/", idle: 14 * 86_400, absolute: 90 * 86_400)
        }
        var settings = Companion.Settings(
            publicURL: publicURL, origins: [Self.origin],
            app: AppIdentity(name: "Latchkey", version: "1", device: "test"), refusedPage: Array("refused".utf8),
            pendingLimit: pendingLimit, accountLimit: accountLimit, signInPages: Self.pages)
        settings.certificatesFolder = folder("certificates")
        settings.sharesKeys = sharesKeys
        settings.historyFolder = folder("history")
        if let signIn { settings.door = .signIn(signIn) }
        settings.telling = try telling(folder, catalogue)
        if apiKeys { settings.apiKeys = try ApiKeyBook(folder: folder.path) }
        companion = Companion(
            catalogue: try catalogue.replacingHosts(hosts), vault: vault,
            client: Client(userAgent: "latchkey-tests/1.0"), settings: settings, probe: try .new(),
            log: Log(level: .debug, format: .text, write: lines.add))
        for provider in SimulatedProvider.linked { simulator.configure(provider) { $0.interval = 1 } }
    }

    /// A world whose vault holds app keys for all providers.
    static func ready(pendingLimit: Int = 1000, accountLimit: Int = 1000) async throws -> World {
        let world = try World(pendingLimit: pendingLimit, accountLimit: accountLimit)
        try await world.enter(account: "default")
        return world
    }

    static func keys() throws -> VaultKeys {
        VaultKeys(try #require(KeyRing(text: ProcessHandle.sealingKey)), name: "the tests")
    }

    func enter(account: String) async throws {
        try await vault.apply(
            [
                .set("trakt", "client_id", to: "app"), .set("simkl", "client_id", to: "app"),
                .set("tmdb", "api_key", to: .string(Self.tmdbKey)),
            ], owner: "default", account: account)
    }

    /// Another process after this one: same providers, and what is on the disk now.
    func restarted(only provider: String? = nil) async throws -> World {
        let next = try World(stored: folder.text(of: "default.json"), server: server, only: provider)
        try await next.companion.resume()
        return next
    }

    // MARK: Requests

    struct Answer {
        let status: Int
        let headers: HeaderFields
        let text: String

        var json: JSON { (try? JSON.parse(Array(text.utf8))) ?? .null }
        /// Status and content.
        var summary: String { "\(status) \(text)" }
    }

    func send(
        _ method: String, _ target: String, _ body: JSON? = nil, headers: HeaderFields = [:]
    ) async -> Answer {
        let parts = target.split(separator: "?", maxSplits: 1).map(String.init)
        var headers = headers
        if body != nil, headers["Content-Type"] == nil { headers["Content-Type"] = "application/json" }
        let response = await companion.respond(
            to: Request(
                method: method, path: parts[0], query: parts.count > 1 ? parts[1] : "", headers: headers,
                body: body?.encoded() ?? []))
        guard case .bytes(let bytes) = response.body else {
            return Answer(status: response.status, headers: response.headers, text: "a stream")
        }
        return Answer(
            status: response.status, headers: response.headers, text: String(decoding: bytes, as: UTF8.self))
    }

    func get(_ target: String, headers: HeaderFields = [:]) async -> Answer {
        await send("GET", target, headers: headers)
    }

    /// A request of the own page.
    func post(_ target: String, _ body: JSON? = nil, headers: HeaderFields = [:]) async -> Answer {
        var headers = headers
        headers["Origin"] = Self.origin
        return await send("POST", target, body, headers: headers)
    }

    // MARK: Events

    /// Begins to listen as a page does.
    func listen(account: String = "default", also others: String...) async throws -> Listener {
        let query = "account=\(account)" + others.map { "&also=\($0)" }.joined()
        let response = await companion.respond(to: Request(method: "GET", path: "/api/events", query: query))
        guard case .events(let stream) = response.body else { throw Listener.NoStream() }
        return Listener(stream)
    }

    /// Waits until a provider's status is as wanted, and gives it.
    @discardableResult
    func status(
        _ provider: String, account: String = "default", until isWanted: @escaping @Sendable (JSON) -> Bool
    ) async throws -> JSON {
        let listener = try await listen(account: account)
        defer { listener.stream.close() }
        return try await listener.next { $0 == "status" && $1["provider"] == .string(provider) && isWanted($1) }
    }

    @discardableResult
    func connected(_ provider: String, account: String = "default") async throws -> JSON {
        try await status(provider, account: account) { $0["connected"] == true }
    }

    /// Links Trakt with a code.
    func linkTrakt() async throws {
        #expect(await post("/api/trakt/pin/new", ["method": "device"]).status == 200)
        simulator.approve(.trakt)
        try await status("trakt") { $0["connected"] == true && $0["account_name"] == "demo" }
    }

    /// What is stored at a path of the default account.
    func stored(_ path: String, account: String = "default") async throws -> JSON? {
        try await vault.read(owner: "default", account: account).document[path: path]
    }

    /// The tokens that are stored for the default account.
    func tokens(_ provider: String = "trakt") async throws -> [JSON?] {
        let auth = try await stored("auth")?[provider]
        return [auth?["access_token"], auth?["refresh_token"], auth?["expires_at"]]
    }

    /// Changes what is stored of a connection.
    func change(_ members: [String: JSON], _ provider: String = "trakt") async throws {
        try await vault.apply(
            members.map { VaultChange(path: ["auth", provider, $0], value: $1 == .null ? nil : $1) },
            owner: "default", account: "default")
    }

    // MARK: A disk that takes nothing

    /// A folder in the place of the vault's temporary file: nobody can write there, not even root.
    func breakDisk() throws { try folder.write("", to: "default.json.new/x") }

    func repairDisk() throws {
        try Files.remove(folder("default.json.new"))
    }
}

/// The lines of a log.
final class Lines: Sendable {
    private struct State {
        var lines: [String] = []
        var waiting: [(text: String, count: Int, CheckedContinuation<Void, Never>)] = []
    }

    private let state = Mutex(State())

    var all: [String] { state.withLock(\.lines) }

    @Sendable func add(_ line: String) {
        state.withLock { state in
            state.lines.append(line)
            state.waiting.removeAll { text, count, continuation in
                guard Self.count(text, state.lines) >= count else { return false }
                continuation.resume()
                return true
            }
        }
    }

    /// Waits until so many lines contain a text.
    func wait(for text: String, count: Int = 1) async {
        await withCheckedContinuation { continuation in
            state.withLock { state in
                if Self.count(text, state.lines) >= count { return continuation.resume() }
                state.waiting.append((text, count, continuation))
            }
        }
    }

    private static func count(_ text: String, _ lines: [String]) -> Int { lines.count { $0.contains(text) } }
}

/// A page that listens.
final class Listener: Sendable {
    struct NoStream: Error {}

    let stream: EventStream
    private let events: AsyncStream<(event: String, data: JSON)>

    init(_ stream: EventStream) {
        self.stream = stream
        let (events, continuation) = AsyncStream<(event: String, data: JSON)>.makeStream()
        self.events = events
        let turn = Mutex(())
        let take: @Sendable () -> Void = { [weak stream] in
            turn.withLock { _ in
                switch stream?.take() {
                case .bytes(let bytes)?: Self.read(bytes).forEach { continuation.yield($0) }
                case .last(let bytes)?:
                    Self.read(bytes).forEach { continuation.yield($0) }
                    continuation.finish()
                case .overflow?, nil: continuation.finish()
                case .nothing?: break
                }
            }
        }
        stream.attach(limit: 1 << 20, take)
        take()
    }

    private static func read(_ bytes: [UInt8]) -> [(event: String, data: JSON)] {
        String(decoding: bytes, as: UTF8.self).split(separator: "\n\n").compactMap { block in
            let lines = block.split(separator: "\n")
            guard lines.count == 2, let data = try? JSON.parse(Array(lines[1].dropFirst(6).utf8)) else { return nil }
            return (String(lines[0].dropFirst(7)), data)
        }
    }

    /// All events up to the end of the stream.
    func rest() async -> [(event: String, data: JSON)] {
        await events.reduce(into: []) { $0.append($1) }
    }

    /// The next event that is wanted; those before it are passed over.
    func next(where isWanted: (String, JSON) -> Bool) async throws -> JSON {
        for await (event, data) in events where isWanted(event, data) { return data }
        throw NoStream()
    }
}
