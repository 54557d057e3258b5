import Files
import Glibc
import HTTP
import TestSupport
import Testing

/// What systemd gives a service and is told by it, with a test in the place of systemd.
@Suite(.timeLimit(.minutes(1)))
struct ServiceTests {
    let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    /// A socket that listens, and what is said of it.
    private final class Passed: Sendable {
        let number: Int32

        init(tcp: Bool, path: String = "", isListening: Bool = true) throws {
            number = socket(tcp ? AF_INET : AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
            var inet = sockaddr_in()
            inet.sin_family = sa_family_t(AF_INET)
            inet.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
            var unix = sockaddr_un()
            unix.sun_family = sa_family_t(AF_UNIX)
            withUnsafeMutableBytes(of: &unix.sun_path) { $0.copyBytes(from: path.utf8) }
            let code = tcp ? bound(&inet) : bound(&unix)
            try #require(code == 0)
            if isListening { try #require(Glibc.listen(number, 64) == 0) }
        }

        deinit { close(number) }

        private func bound<Address>(_ address: inout Address) -> Int32 {
            withUnsafePointer(to: &address) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    Glibc.bind(number, $0, socklen_t(MemoryLayout<Address>.size))
                }
            }
        }

        var port: Int {
            var address = sockaddr_in()
            var length = socklen_t(MemoryLayout<sockaddr_in>.size)
            _ = withUnsafeMutablePointer(to: &address) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(number, $0, &length) }
            }
            return Int(UInt16(bigEndian: address.sin_port))
        }
    }

    /// Starts `latchkey serve` as systemd does: with descriptors from 3 on, and its own process id in the environment.
    private func serve(
        _ words: [String], passing sockets: [Passed], names: String? = nil, notify: String? = nil, pid: String = "$$"
    ) throws -> ProcessHandle {
        var environment = ["HOME": folder.path, "LISTEN_FDS": "\(sockets.count)"]
        environment["LISTEN_FDNAMES"] = names
        environment["NOTIFY_SOCKET"] = notify
        return try ProcessHandle(
            "/bin/sh",
            ["-c", "LISTEN_PID=\(pid) exec \"$0\" \"$@\"", RunningLatchkey.binary, "serve"]
                + ["--site", folder("site"), "--data", folder("data")] + words,
            environment: environment, passing: sockets.map(\.number))
    }

    @Test func `the sockets that systemd passes are used, and stay when the server ends`() async throws {
        let tcp = try Passed(tcp: true)
        let unix = try Passed(tcp: false, path: folder("passed.sock"))
        // Whoever connects before the service runs is answered when it does.
        let early = try await RawClient.connect(port: tcp.port)
        try await early.send("GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
        let process = try serve([], passing: [tcp, unix])
        #expect(await process.output.line { $0.contains("open http://127.0.0.1:\(tcp.port)/") } != nil)
        #expect(await process.output.line { $0 == "It listens on unix:\(folder("passed.sock"))" } != nil)
        #expect(try await early.response().text == #"{"ok":true}"#)
        let client = try await RawClient.connect(unixPath: folder("passed.sock"))
        try await client.send("GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
        #expect(try await client.response().text == #"{"ok":true}"#)
        #expect(await process.terminate() == .exited(code: 0))
        #expect(Files.kind(of: folder("passed.sock")) != nil)
    }

    @Test func `a passed socket is found by its name`() async throws {
        let (web, other) = (try Passed(tcp: true), try Passed(tcp: true))
        let both = ["--listen", "systemd:web", "--listen", "systemd:other"]
        let process = try serve(both, passing: [other, web], names: "other:web")
        #expect(await process.output.line { $0.contains("open http://127.0.0.1:\(web.port)/") } != nil)
        #expect(await process.terminate() == .exited(code: 0))
    }

    @Test func `sockets that were passed to another process are not ours`() async throws {
        let socket = try Passed(tcp: true)
        let process = try serve(["--listen", "systemd"], passing: [socket], pid: "1")
        #expect(await process.waitForEnd() == .exited(code: 2))
        #expect(
            process.errors.text
                == "latchkey: --listen systemd: systemd has passed no such socket; start latchkey by a socket unit\n")
    }

    @Test func `a passed socket that nobody would answer on is refused`() async throws {
        let socket = try Passed(tcp: true)
        let process = try serve(["--listen", "127.0.0.1:0"], passing: [socket])
        #expect(await process.waitForEnd() == .exited(code: 2))
        #expect(
            process.errors.text
                == "latchkey: systemd has passed 127.0.0.1:\(socket.port), which --listen leaves out; "
                + "add --listen systemd, or take it out of the socket unit\n")
        let named = try serve(["--listen", "systemd:web"], passing: [socket], names: "api")
        #expect(await named.waitForEnd() == .exited(code: 2))
        #expect(
            named.errors.text
                == "latchkey: --listen systemd:web: systemd has passed no such socket; it has passed: api\n")
    }

    @Test func `a passed descriptor that does not listen is refused`() async throws {
        let process = try serve([], passing: [try Passed(tcp: true, isListening: false)])
        #expect(await process.waitForEnd() == .exited(code: 3))
        #expect(
            process.errors.text
                == "latchkey: the descriptor 3 (unknown) that this process was given is no listening stream socket; "
                + "the socket unit should have ListenStream= and no Accept=yes\n")
    }

    @Test(arguments: ["file", "abstract"]) func `systemd is told how the service goes`(kind: String) async throws {
        let name = kind == "file" ? folder("notify") : "@latchkey-test-\(getpid())-\(UInt64.random(in: 0...UInt64.max))"
        let manager = try NotifySocket(name)
        let process = try serve([], passing: [try Passed(tcp: true)], notify: name)
        let ready = try await manager.next()
        #expect(ready.hasPrefix("READY=1\nSTATUS=Open http://127.0.0.1:"))
        process.signal(SIGHUP)
        let reloading = try await manager.next().split(separator: "\n")
        #expect(reloading.first == "RELOADING=1" && reloading.last == "STATUS=Reloading")
        let time = try #require(reloading.first { $0.hasPrefix("MONOTONIC_USEC=") }.flatMap { Int($0.dropFirst(15)) })
        var now = timespec()
        clock_gettime(CLOCK_MONOTONIC, &now)
        #expect(time > 0 && time <= now.tv_sec * 1_000_000 + now.tv_nsec / 1000)
        #expect(try await manager.next() == "READY=1\nSTATUS=Reloaded")
        process.signal(SIGTERM)
        #expect(try await manager.next() == "STOPPING=1\nSTATUS=Finishing what runs")
        #expect(await process.waitForEnd() == .exited(code: 0))
    }
}

/// A socket on which a service tells how it goes.
private final class NotifySocket: Sendable {
    private let number: Int32

    init(_ name: String) throws {
        number = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        var limit = timeval(tv_sec: 40, tv_usec: 0)
        setsockopt(number, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let bytes = name.hasPrefix("@") ? [0] + Array(name.utf8.dropFirst()) : Array(name.utf8)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: bytes) }
        let code = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                Glibc.bind(number, $0, socklen_t(MemoryLayout<sa_family_t>.size + bytes.count))
            }
        }
        try #require(code == 0)
    }

    deinit { close(number) }

    /// The next message.
    func next() async throws -> String {
        try await aside { [number] in
            let bytes = [UInt8](unsafeUninitializedCapacity: 4096) {
                $1 = max(0, recv(number, $0.baseAddress, 4096, 0))
            }
            return String(decoding: bytes, as: UTF8.self)
        }
    }
}
