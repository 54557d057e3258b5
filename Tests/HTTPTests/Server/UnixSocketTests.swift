import Files
import Glibc
import HTTP
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(1)), .serialized) struct UnixSocketTests {
    private func path() -> String { "/tmp/latchkey-test-\(getpid())-\(UInt64.random(in: 0...UInt64.max)).sock" }

    private func server(_ path: String, _ access: UnixSocketAccess = UnixSocketAccess()) -> Server {
        let configuration = Samples.configuration {
            $0.listen = [.unix(path: path)]
            $0.unixSockets = access
        }
        return Server(
            configuration: configuration, site: Samples.site, responder: ClosureResponder { .text(200, $0.peer) })
    }

    private func mode(_ path: String) -> mode_t? {
        var status = stat()
        return lstat(path, &status) == 0 ? status.st_mode & 0o777 : nil
    }

    @Test func `a unix socket is for its owner and group, and goes when the server stops`() async throws {
        let path = path()
        let server = server(path)
        #expect(try server.start().map(\.description) == ["unix:\(path)"])
        #expect(mode(path) == 0o660)
        let client = try await RawClient.connect(unixPath: path)
        try await client.send(Samples.get("/") + Samples.get("/peer"))
        #expect(try await client.response().text == "<p>hello</p>")
        #expect(try await client.response().text == "unix")
        await server.stop()
        #expect(mode(path) == nil)
    }

    @Test(arguments: [0o600, 0o666, 0o777, 0o220] as [UInt32])
    func `a unix socket has the mode that was asked for, whatever the mask of the process is`(_ wanted: UInt32)
        async throws
    {
        let path = path()
        let server = server(path, UnixSocketAccess(mode: wanted))
        _ = try server.start()
        #expect(mode(path) == wanted)
        await server.stop()
    }

    @Test func `a unix socket belongs to whom it is given, or is not made`() async throws {
        let path = path()
        var groups = [gid_t](repeating: 0, count: 64)
        let count = max(0, Int(getgroups(64, &groups)))
        let group = geteuid() == 0 ? 65_534 : groups.prefix(count).last ?? getegid()
        let server = server(path, UnixSocketAccess(user: getuid(), group: group))
        _ = try server.start()
        var status = stat()
        #expect(lstat(path, &status) == 0 && status.st_uid == getuid() && status.st_gid == group)
        await server.stop()
        guard geteuid() != 0 else { return }
        let error = ServerError.cannotListen("unix:\(path)", "chown: Operation not permitted")
        #expect(throws: error) { try self.server(path, UnixSocketAccess(user: 0)).start() }
        #expect(mode(path) == nil)
    }

    /// The process's mask for new files, as the kernel tells it.
    private func mask() throws -> String {
        let status = try Files.read("/proc/self/status")
        let lines = String(decoding: status, as: UTF8.self).split(separator: "\n")
        return String(try #require(lines.first { $0.hasPrefix("Umask:") }))
    }

    @Test func `a unix socket leaves the mask of the process as it was`() async throws {
        let path = path()
        let before = try mask()
        let server = server(path)
        _ = try server.start()
        #expect(mode(path) == 0o660)
        #expect(try mask() == before)
        #expect(throws: ServerError.addressInUse("unix:\(path)")) { try self.server(path).start() }
        #expect(try mask() == before)
        await server.stop()
    }

    @Test func `a socket that has taken the place of a server's own stays when the server stops`() async throws {
        let path = path()
        let first = server(path)
        _ = try first.start()
        unlink(path)
        let second = server(path)
        _ = try second.start()
        await first.stop()
        #expect(mode(path) == 0o660)
        #expect(try await RawClient.connect(unixPath: path).isUsable)
        await second.stop()
        #expect(mode(path) == nil)
    }

    @Test func `the socket of a living server is not taken over, that of a dead one is`() async throws {
        let path = path()
        let first = server(path)
        _ = try first.start()
        #expect(throws: ServerError.addressInUse("unix:\(path)")) { try server(path).start() }
        #expect(try await RawClient.connect(unixPath: path).isUsable)
        await first.stop()
        let stale = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
        let code = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(stale, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        #expect(code == 0)
        close(stale)
        let second = server(path)
        #expect(try second.start().count == 1)
        await second.stop()
    }

    @Test func `a file that is no socket is left alone`() async throws {
        let path = path()
        let file = open(path, O_CREAT | O_WRONLY, 0o600)
        close(file)
        #expect(throws: ServerError.addressInUse("unix:\(path)")) { try server(path).start() }
        #expect(mode(path) == 0o600)
        unlink(path)
    }

    @Test func `a path that is too long is refused`() {
        let path = "/tmp/" + String(repeating: "a", count: 200)
        #expect(throws: ServerError.cannotListen("unix:\(path)", "bind: File name too long")) {
            try server(path).start()
        }
    }
}

extension RawClient {
    fileprivate var isUsable: Bool { true }
}
