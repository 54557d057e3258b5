import Companion
import HTTP
import Simulator

/// The simulated providers of `--demo`: a server of their own on this machine, at a port that is free.
struct Demonstration {
    /// The hosts that stand in for the real ones: `trakt.auth` and the rest.
    let hosts: [String: String]
    /// What the page tells about it.
    let shown: Companion.Demonstration
    private let server: Server

    /// Starts the simulated providers.
    static func start() throws(Failure) -> Demonstration {
        let simulator = Simulator()
        // Something to fetch: a few dozen films, some of them seen twice, and the episodes of a few series.
        simulator.watch(.trakt, "movies", count: 60, titles: 45)
        simulator.watch(.trakt, "shows", count: 90, titles: 6)
        let server = Server(
            configuration: ServerConfiguration(
                listen: [.tcp(host: "127.0.0.1", port: 0)], threads: 1, allowedHosts: ["127.0.0.1"]),
            responder: simulator)
        let bound: [BoundAddress]
        do {
            bound = try server.start()
        } catch {
            throw .environment("\(error)")
        }
        let base = "http://\(bound.first?.description ?? "")"
        let values = Simulator.values(base: base).merging(Simulator.demoEntries) { value, _ in value }
        return Demonstration(
            hosts: Simulator.hosts(base: base),
            shown: .init(approveURL: "\(base)/", values: values), server: server)
    }

    func stop() async { await server.stop(grace: .zero) }
}
