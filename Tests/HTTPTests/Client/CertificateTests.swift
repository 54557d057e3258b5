import Files
import TestSupport
import Testing

@testable import HTTP

/// Who is believed to be the server that a request names, over real connections.
@Suite(.timeLimit(.minutes(1))) struct CertificateTests {
    private let client = Client(userAgent: "latchkey-test/1", connectTimeout: .seconds(20))
    private static let answer = "HTTP/1.0 200 OK\r\nContent-Type: text/plain\r\n\r\nhello"

    /// What becomes of a request: the content, or why there is none.
    private func ask(_ port: Int, _ trust: Reach.Trust, path: String = "a") async -> String {
        let reach = Reach(allowsPrivateHTTP: true, trust: trust)
        do throws(ClientError) {
            let request = ClientRequest(url: "https://127.0.0.1:\(port)/\(path)", timeout: .seconds(30), reach: reach)
            return String(decoding: try await client.send(request).body, as: UTF8.self)
        } catch {
            return error.description
        }
    }

    private static func refused(_ fault: CertificateFault) -> String {
        ClientError.certificate("127.0.0.1", fault).description
    }

    @Test func `an authority of one's own is believed where it was chosen, and nowhere else`() async throws {
        let (home, other) = (try await TestAuthority(), try await TestAuthority())
        try await home.certify("server.pem")
        let server = try await TestTLSServer(home, "server.pem", answers: ["a": Self.answer])
        let (own, foreign) = (try Files.read(home.file), try Files.read(other.file))
        // One client, one after the other: what was accepted without a check, or by one file, is not accepted by another.
        #expect(await ask(server.port, .system) == Self.refused(.unknownAuthority))
        #expect(await ask(server.port, .anyone) == "hello")
        #expect(await ask(server.port, .system) == Self.refused(.unknownAuthority))
        #expect(await ask(server.port, .authorities(own)) == "hello")
        #expect(await ask(server.port, .authorities(foreign)) == Self.refused(.unknownAuthority))
        #expect(await ask(server.port, .system) == Self.refused(.unknownAuthority))
        #expect(await ask(server.port, .authorities(foreign + own)) == "hello")
        #expect(await ask(server.port, .authorities([])) == Self.refused(.noAuthority))
        #expect(await ask(server.port, .authorities(Array("no certificate".utf8))) == Self.refused(.noAuthority))
    }

    @Test(arguments: [
        ("IP:127.0.0.2", TestAuthority.Validity.now, CertificateFault.otherName),
        ("DNS:localhost", .now, .otherName), ("IP:127.0.0.1", .over, .expired), ("IP:127.0.0.1", .later, .notYetValid),
    ]) func `a certificate that is signed well may still be no good`(
        host: String, validity: TestAuthority.Validity, fault: CertificateFault
    ) async throws {
        let home = try await TestAuthority()
        try await home.certify("server.pem", host: host, validity)
        let server = try await TestTLSServer(home, "server.pem", answers: ["a": Self.answer])
        #expect(await ask(server.port, .authorities(try Files.read(home.file))) == Self.refused(fault))
        #expect(await ask(server.port, .anyone) == "hello")
    }

    private static let nginx = "/usr/sbin/nginx"

    @Test(.enabled(if: Files.kind(of: nginx) == .file, "nginx keeps connections open, which openssl does not"))
    func `a connection is used again only by requests that trust the same`() async throws {
        let home = try await TestAuthority()
        try await home.certify("server.pem")
        let (process, port) = try await Self.serve(home)
        defer { process.kill() }
        let own = try Files.read(home.file)
        let unchecked = await ask(port, .anyone)
        #expect(Int(unchecked) != nil)
        #expect(await ask(port, .anyone) == unchecked)
        #expect(await ask(port, .system) == Self.refused(.unknownAuthority))
        let checked = await ask(port, .authorities(own))
        #expect(Int(checked) != nil && checked != unchecked)
        #expect(await ask(port, .authorities(own)) == checked)
        // The file was changed: what it said before does not count any more.
        #expect(await ask(port, .authorities(own + [10])) != checked)
        #expect(await ask(port, .anyone) == unchecked)
    }

    /// A server that answers with the number of the connection.
    private static func serve(_ home: TestAuthority) async throws -> (ProcessHandle, Int) {
        for _ in 0..<3 {
            guard let port = Loopback.freePort() else { break }
            try home.folder.write(
                """
                daemon off; pid \(home.folder("pid")); error_log \(home.folder("log"));
                events {}
                http {
                  access_log off;
                  server {
                    listen 127.0.0.1:\(port) ssl;
                    ssl_certificate \(home.folder("server.pem")); ssl_certificate_key \(home.folder("server.pem"));
                    location / { return 200 "$connection"; }
                  }
                }
                """, to: "nginx.conf")
            let process = try ProcessHandle(nginx, ["-p", home.folder.path, "-c", home.folder("nginx.conf")])
            if await process.isListening(port) { return (process, port) }
            process.kill()
        }
        throw TestAuthority.Trouble(description: "nginx did not start")
    }
}
