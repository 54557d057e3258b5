import Glibc
import TestSupport
import Testing

@testable import HTTP

@Suite(.timeLimit(.minutes(1))) struct StopTests {
    @Test func `stop lets a running response end and closes what is idle`() async throws {
        let (started, gate) = (Gate(), Gate())
        let server = Server(
            configuration: Samples.configuration { $0.listen = [.tcp(host: "127.0.0.1", port: 0)] }, site: Samples.site,
            responder: ClosureResponder { _ in
                await started.open()
                await gate.wait()
                return .text(200, "done")
            })
        let port = try #require(try server.start().first?.port)
        let (busy, idle) = (try await RawClient.connect(port: port), try await RawClient.connect(port: port))
        try await idle.send(Samples.get("/"))
        #expect(try await idle.response().status == 200)
        try await busy.send(Samples.get("/slow"))
        await started.wait()
        let stopping = Task { await server.stop(grace: .seconds(20)) }
        #expect(try await idle.restText() == "")
        await gate.open()
        let response = try await busy.response()
        #expect(response.text == "done" && response.headers["Connection"] == "close")
        await stopping.value
        await #expect(throws: RawClient.Failure.system("connect", ECONNREFUSED)) {
            try await RawClient.connect(port: port)
        }
    }

    @Test func `stop ends streams, and its grace ends what does not`() async throws {
        let (ended, begun, never, cancelled) = (Gate(), Gate(), Gate(), Gate())
        let stream = EventStream { Task { await ended.open() } }
        let server = Server(
            configuration: Samples.configuration { $0.listen = [.tcp(host: "127.0.0.1", port: 0)] },
            responder: ClosureResponder { request in
                if request.path == "/events" { return .events(stream) }
                await begun.open()
                await withTaskCancellationHandler {
                    await never.wait()
                } onCancel: {
                    Task {
                        await cancelled.open()
                        await never.open()
                    }
                }
                return .text(200, "never")
            })
        let port = try #require(try server.start().first?.port)
        let (reader, waiter) = (try await RawClient.connect(port: port), try await RawClient.connect(port: port))
        try await reader.send(Samples.get("/events"))
        _ = try await reader.bytes(through: "\r\n\r\n")
        try await waiter.send(Samples.get("/forever"))
        await begun.wait()
        stream.send(data: "last")
        await server.stop(grace: .milliseconds(100))
        await ended.wait()
        await cancelled.wait()
        #expect(try await reader.restText().hasSuffix("data: last\n\n\r\n0\r\n\r\n"))
        #expect(try await waiter.restText() == "")
    }

    @Test func `a server that was stopped leaves its port to the next one`() async throws {
        let first = Server(
            configuration: Samples.configuration { $0.listen = [.tcp(host: "127.0.0.1", port: 0)] },
            responder: ClosureResponder(Samples.echo))
        let address = try #require(try first.start().first)
        let second = Server(
            configuration: Samples.configuration { $0.listen = [address.address] },
            responder: ClosureResponder(Samples.echo))
        #expect(throws: ServerError.addressInUse("127.0.0.1:\(try #require(address.port))")) { try second.start() }
        await first.stop()
        let third = try await Self.start(at: address.address)
        #expect(throws: ServerError.alreadyStarted) { try third.start() }
        await third.stop()
    }

    /// A server at an address that nobody listens at any more. A process that another test is just starting may hold
    /// the old socket for a moment, between its fork and its exec.
    private static func start(at address: ListenAddress) async throws -> Server {
        while true {
            let server = Server(
                configuration: Samples.configuration { $0.listen = [address] },
                responder: ClosureResponder(Samples.echo))
            do throws(ServerError) {
                _ = try server.start()
                return server
            } catch {
                guard case .addressInUse = error else { throw error }
                await Task.yield()
            }
        }
    }

    @Test func `errors say what to do`() {
        let texts = [
            ServerError.addressInUse("127.0.0.1:80"), .cannotListen("[::1]:80", "bind: no"), .noAddress, .basePath("x"),
            .resources("eventfd: no"), .alreadyStarted,
        ].map(\.description)
        #expect(
            texts == [
                "cannot listen on 127.0.0.1:80: another program does. Stop it, or choose another address with --listen",
                "cannot listen on [::1]:80: bind: no",
                "there is no address to listen on: give one with --listen 127.0.0.1:8787",
                "the base path “x” must begin and end with / and have only letters, digits, -, ., _ and ~ between",
                "the server cannot start: eventfd: no", "the server was already started",
            ])
        let server = Server(configuration: ServerConfiguration(listen: []), responder: ClosureResponder(Samples.echo))
        #expect(throws: ServerError.noAddress) { try server.start() }
    }

    @Test func `no descriptor is left after hundreds of connections of every kind`() async throws {
        let body = [UInt8](repeating: 0, count: 3_000_000)
        let site = StaticSite(files: [
            Samples.page, StaticSite.File(path: "/big", contentType: "a/b", body: body, etag: "\"b\""),
        ])
        var log = Samples.configuration()
        let ends = Counter()
        log.log = { _ in ends.add() }
        try await TestServer.run(
            log, site: site,
            responder: { request in
                request.path == "/events" ? .events(EventStream()) : .text(200, request.path)
            }
        ) { server in
            #expect(try await server.request(Samples.get("/")).status == 200)
            let before = Self.sockets(port: server.port)
            for round in 0..<400 {
                let client = try await server.connect()
                switch round % 8 {
                case 0: try await client.send(Samples.get("/", "Connection: close\r\n"))
                case 1: try await client.send(Samples.get("/x") + "GET / HTT")
                case 2: client.reset()
                case 3:
                    try await client.send(Samples.get("/big"))
                    _ = try await client.bytes(count: 100)
                    client.reset()
                case 4: try await client.send("bad\n\n")
                case 5: try await client.send(Samples.get("/events"))
                case 6:
                    try await client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nab")
                    client.shutdownWrites()
                default: client.shutdownWrites()
                }
                if round % 8 < 2 || round % 8 == 4 { _ = try await client.response() }
                client.close()
            }
            while Self.sockets(port: server.port) > before { await Task.yield() }
            #expect(try await server.request(Samples.get("/")).status == 200)
        }
    }

    /// How many of this process's descriptors are sockets bound to a port.
    private static func sockets(port: Int) -> Int {
        (Int32(0)..<1024).count { number in
            var storage = sockaddr_storage()
            var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
            let code = withSocketAddress(&storage) { getsockname(number, $0, &length) }
            return code == 0 && SocketAddress.port(of: storage) == port
        }
    }
}
