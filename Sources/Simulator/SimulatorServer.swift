public import HTTP

/// A simulator that listens on this machine.
public final class SimulatorServer: Sendable {
    /// The simulator: its knobs, and what happened.
    public let simulator: Simulator
    /// Its address, without a slash at the end: `http://127.0.0.1:41234`. The page there lists what waits.
    public let url: String
    private let server: Server

    /// Starts it; port 0 takes any free one.
    public init(simulator: Simulator = Simulator(), port: Int = 0) throws(ServerError) {
        self.simulator = simulator
        server = Server(
            configuration: ServerConfiguration(
                listen: [.tcp(host: "127.0.0.1", port: port)], threads: 1, allowedHosts: ["127.0.0.1", "localhost"]),
            responder: simulator)
        url = "http://" + (try server.start().first?.description ?? "127.0.0.1:\(port)")
    }

    /// Where the providers are now, by host name (see `Simulator.hosts`).
    public var hosts: [String: String] { Simulator.hosts(base: url) }

    /// Values that make providers work with it now, by config key (see `Simulator.values`).
    public var values: [String: String] { Simulator.values(base: url) }

    /// Stops it. It stops as well when nothing refers to it any more.
    public func stop() async {
        for provider in SimulatedProvider.linked { simulator.clearFaults(provider) }
        await server.stop(grace: .zero)
    }
}
