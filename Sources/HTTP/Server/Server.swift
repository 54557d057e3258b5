internal import Files
internal import Synchronization

/// An HTTP/1.1 server: one process, some event loops, static files from memory, everything else from a responder.
public final class Server: Sendable {
    private struct State {
        var loops: [LoopInbox] = []
        var listeners: [ListeningSocket] = []
        var hasStarted = false
        var image: SiteImage
    }

    private let configuration: ServerConfiguration
    private let responder: any Responder
    private let state: Mutex<State>
    private let running = LoopCount()
    private let totals = ServerTotals()

    /// A server that is not running yet.
    public init(
        configuration: ServerConfiguration, site: StaticSite = StaticSite(files: []), responder: any Responder
    ) {
        self.configuration = configuration
        self.responder = responder
        state = Mutex(State(image: site.image))
    }

    deinit {
        for inbox in state.withLock(\.loops) { inbox.post(.stop(deadline: Clock.monotonicMilliseconds())) }
    }

    /// Binds every address and starts the loops; the addresses with the ports that were taken. Can be called once.
    public func start() throws(ServerError) -> [BoundAddress] {
        let isFirst = state.withLock { state in
            defer { state.hasStarted = true }
            return !state.hasStarted
        }
        guard isFirst else { throw .alreadyStarted }
        Machine.ignoreBrokenPipes()
        let context = try ServerContext(configuration, responder, totals)
        let (listeners, bound) = try bind()
        do throws(SystemError) {
            for _ in 0..<max(1, configuration.threads) { try startLoop(context, listeners) }
        } catch {
            stopLoops(deadline: Clock.monotonicMilliseconds())
            throw .resources(error.description)
        }
        state.withLock { $0.listeners = listeners }
        return bound
    }

    /// How many connections there may be with this configuration: `Limits.connections`, or fewer when the process may
    /// not open that many descriptors.
    public static func connectionsPossible(_ limits: Limits) -> Int {
        min(limits.connections, ServerContext.connectionsPossible())
    }

    /// Serves these files by this configuration from now on; no connection is closed, and responses that have begun end
    /// as they began. Where it listens and the number of loops stay as they were.
    ///
    /// - Throws: `ServerError.basePath`; then nothing has changed.
    public func reload(_ configuration: ServerConfiguration, site: StaticSite) throws(ServerError) {
        var configuration = configuration
        configuration.threads = self.configuration.threads
        let context = try ServerContext(configuration, responder, totals)
        let loops = state.withLock { state in
            state.image = site.image
            return state.loops
        }
        for inbox in loops { inbox.post(.replace(site.image, context)) }
    }

    /// Accepts nothing more, ends streams, closes idle connections, lets running responses end within `grace`, and
    /// returns when everything is closed. A second call with a shorter grace shortens it.
    public func stop(grace: Duration = .seconds(5)) async {
        // First of all, while the sockets are open: then it is certain whose paths these are.
        closeListeners()
        stopLoops(deadline: Clock.monotonicMilliseconds() + grace.milliseconds)
        await running.wait()
    }

    private func closeListeners() {
        let listeners = state.withLock { state in
            defer { state.listeners = [] }
            return state.listeners
        }
        for listener in listeners {
            listener.removePath()
            listener.refuse()
        }
    }

    private func stopLoops(deadline: Int64) {
        for inbox in state.withLock(\.loops) { inbox.post(.stop(deadline: deadline)) }
    }

    private func startLoop(_ context: ServerContext, _ listeners: [ListeningSocket]) throws(SystemError) {
        let inbox = try LoopInbox()
        let epoll = try Loop.prepare(inbox, listeners)
        let image = state.withLock { state in
            state.loops.append(inbox)
            return state.image
        }
        running.add()
        do throws(BlockingThread.Failure) {
            try BlockingThread.start { [running] in
                Loop(context, inbox, image, listeners, epoll).run()
                running.remove()
            }
        } catch {
            running.remove()
            throw SystemError(function: "pthread_create", code: error.code)
        }
    }

    private func bind() throws(ServerError) -> ([ListeningSocket], [BoundAddress]) {
        guard !configuration.listen.isEmpty || !configuration.inherited.isEmpty else { throw .noAddress }
        var result = (
            configuration.inherited.map(ListeningSocket.inherited),
            configuration.inherited.map { BoundAddress(address: $0.address) }
        )
        for address in configuration.listen {
            let listener = try listen(address)
            result.0.append(listener)
            result.1.append(BoundAddress(address: address.with(port: listener.isTCP ? listener.port : nil)))
        }
        return result
    }

    private func listen(_ address: ListenAddress) throws(ServerError) -> ListeningSocket {
        do throws(SystemError) {
            switch address {
            case .tcp(let host, let port): return try .tcp(host: host, port: port)
            case .unix(let path): return try .unix(path: path, configuration.unixSockets)
            }
        } catch {
            let name = BoundAddress(address: address).description
            throw error.isAddressInUse ? .addressInUse(name) : .cannotListen(name, error.description)
        }
    }
}

extension ListenAddress {
    fileprivate func with(port: Int?) -> ListenAddress {
        if case .tcp(let host, _) = self, let port { .tcp(host: host, port: port) } else { self }
    }
}
