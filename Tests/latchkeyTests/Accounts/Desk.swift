import HTTP
import JSON
import Simulator
import TestSupport

/// Somebody at a terminal, with a data folder and simulated providers. No server runs.
struct Desk {
    let server: SimulatorServer
    let folder: TemporaryFolder

    var simulator: Simulator { server.simulator }

    init() throws {
        (server, folder) = (try SimulatorServer(), try TemporaryFolder())
        for provider in SimulatedProvider.allCases { server.simulator.configure(provider) { $0.interval = 1 } }
    }

    /// That of somebody who sits beside a server.
    init(beside world: World) { (server, folder) = (world.server, world.folder) }

    /// A verb with its words, at this desk. What stands behind two dashes stays there.
    private func words(_ words: [String]) -> [String] {
        let ours = words.prefix { $0 != "--" }
        let places = ["--data", folder("data"), "--site", folder("site")]
        let hosts = server.hosts.sorted { $0.key < $1.key }.flatMap { ["--host", "\($0.key)=\($0.value)"] }
        return ours + places + (words.first == "apikey" ? [] : hosts) + words.dropFirst(ours.count)
    }

    /// Runs a verb to its end, with nobody to ask.
    func run(_ words: String..., variables: [String: String] = [:]) async throws -> Command {
        try await Command.latchkey(self.words(words), variables: variables)
    }

    /// Begins a verb, with nobody to ask.
    func start(_ words: String...) throws -> ProcessHandle {
        try ProcessHandle(
            RunningLatchkey.binary, self.words(words), environment: ["LATCHKEY_KEY": ProcessHandle.sealingKey])
    }

    /// Runs a verb at a terminal.
    func sit(_ words: String..., variables: [String: String] = [:]) throws -> Pseudoterminal {
        let environment = ["LATCHKEY_KEY": ProcessHandle.sealingKey, "TERM": "xterm"].merging(variables) { $1 }
        return try Pseudoterminal(RunningLatchkey.binary, self.words(words), environment: environment)
    }

    /// The config with the keys that the simulated providers know.
    func enterKeys() throws {
        let keys: JSON = [
            "version": 1, "trakt": ["client_id": .string(Simulator.demoValues["trakt.client_id"] ?? "")],
            "simkl": ["client_id": .string(Simulator.demoValues["simkl.client_id"] ?? "")],
        ]
        try folder.write(String(decoding: keys.encoded(), as: UTF8.self), to: "data/default.json")
    }

    /// Links Trakt with a code, as `sean`.
    func linkTrakt() async throws {
        let terminal = try sit("link", "trakt")
        _ = await terminal.wait(for: "Waiting for your approval")
        simulator.approve(.trakt, account: "sean")
        guard await terminal.waitForEnd() == .exited(code: 0) else { throw World.Trouble(description: terminal.text) }
    }

    /// Approves on the provider's page, and gives the address to which the browser is sent.
    func approve(at url: String) async throws -> String {
        let answer = try await Client(userAgent: "a browser").send(
            ClientRequest(
                method: "POST", url: url, headers: ["Content-Type": "application/x-www-form-urlencoded"],
                body: Array("decision=approve&account=sean".utf8), timeout: .seconds(60)))
        guard let location = answer.headers["Location"] else { throw World.Trouble(description: "not sent back") }
        return location
    }
}
