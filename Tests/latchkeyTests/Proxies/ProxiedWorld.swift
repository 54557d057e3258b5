import Files
import Glibc
import HTTP
import TestSupport

/// Latchkey behind a real reverse proxy that does TLS. Everything that its `World` sends goes through the proxy.
final class ProxiedWorld: Sendable {
    let world: World
    let client: ProxiedClient
    let place: ProxyGuide.Place
    private let folder: TemporaryFolder
    private let proxy: ProcessHandle

    /// Starts both as the page says; with another port when something has taken the one that was free.
    static func start(_ program: ProxyProgram, _ place: ProxyGuide.Place) async throws -> ProxiedWorld {
        var trouble = "no port is free"
        for _ in 0..<3 {
            guard let port = Loopback.freePort() else { break }
            let started = try await ProxiedWorld(program, place, port)
            if await started.proxy.isListening(port) {
                started.world.go(through: started.client)
                return started
            }
            started.proxy.kill()
            _ = await started.proxy.waitForEnd()
            trouble = started.proxy.output.text + started.proxy.errors.text
            trouble += (try? started.folder.text(of: "error.log")) ?? ""
        }
        throw World.Trouble(description: "\(program) did not start: \(trouble)")
    }

    private init(_ program: ProxyProgram, _ place: ProxyGuide.Place, _ port: Int) async throws {
        self.place = place
        folder = try TemporaryFolder()
        client = ProxiedClient(place: place, port: port, folder: folder)
        // The proxy's processes of another user look for the socket in it.
        _ = chmod(folder.path, 0o755)
        try await Self.makeCertificate(folder)
        let guide = try ProxyGuide()
        world = try await World(try Self.arguments(guide, place, port, folder))
        let upstream = place == .root ? "127.0.0.1:8787" : "/run/latchkey/http.sock"
        let here = place == .root ? "127.0.0.1:\(try world.port)" : folder("http.sock")
        let (old, new) = program.port(port, place)
        let block = try ProxyGuide.replace(
            try guide.block("\(program), \(place)"),
            [old: new, upstream: here, "/etc/ssl/latchkey": folder.path])
        try folder.write(program.configuration(block, folder, port: port), to: "proxy.conf")
        proxy = try ProcessHandle(
            program.path, program.arguments(folder("proxy.conf"), folder),
            environment: ["HOME": folder.path, "PATH": "/usr/sbin:/usr/bin:/sbin:/bin"])
    }

    private static func arguments(
        _ guide: ProxyGuide, _ place: ProxyGuide.Place, _ port: Int, _ folder: TemporaryFolder
    ) throws -> [String] {
        let address = place == .root ? "127.0.0.1:8787" : "unix:/run/latchkey/http.sock"
        var words = try guide.command(address).joined(separator: "\n")
        words = try ProxyGuide.replace(words, ["https://\(place.host)/": "https://\(place.host):\(port)/"])
        if place == .root {
            words = try ProxyGuide.replace(words, [address: "127.0.0.1:0"])
        } else {
            words = try ProxyGuide.replace(words, [address: "unix:\(folder("http.sock"))"])
            // Without privileges everything runs as one user, and nobody can give a socket away.
            if !ProxyProgram.isRoot { words = try ProxyGuide.replace(words, ["--socket-owner\n:www-data\n": ""]) }
        }
        return words.split(separator: "\n").map(String.init)
    }

    private static func makeCertificate(_ folder: TemporaryFolder) async throws {
        let names = ProxyGuide.Place.allCases.map { "DNS:\($0.host)" }.joined(separator: ",")
        let openssl = try ProcessHandle(
            "/usr/bin/openssl",
            [
                "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
                "-subj", "/CN=latchkey.example", "-addext", "subjectAltName=\(names)",
                "-keyout", folder("key.pem"), "-out", folder("cert.pem"),
            ])
        guard await openssl.waitForEnd() == .exited(code: 0) else {
            throw World.Trouble(description: "no certificate: \(openssl.errors.text)")
        }
        try folder.write(folder.text(of: "cert.pem") + folder.text(of: "key.pem"), to: "both.pem")
    }
}
