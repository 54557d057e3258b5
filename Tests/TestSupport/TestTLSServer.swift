/// A server that answers over TLS with files: a request for `/a/b` gets the file `a/b`, header section included
/// (`openssl s_server -HTTP`). It takes one connection after the other.
public final class TestTLSServer: Sendable {
    /// The port that it took.
    public let port: Int
    private let process: ProcessHandle

    /// Starts one.
    ///
    /// - Parameters:
    ///   - name: its certificate, as it was certified.
    ///   - answers: what it says, by path.
    public init(_ authority: TestAuthority, _ name: String, answers: [String: String]) async throws {
        for (path, answer) in answers { try authority.folder.write(answer, to: path) }
        var trouble = "no port is free"
        for _ in 0..<3 {
            guard let port = Loopback.freePort() else { break }
            let process = try ProcessHandle(
                "/usr/bin/openssl",
                ["s_server", "-HTTP", "-accept", "127.0.0.1:\(port)", "-cert", authority.folder(name), "-quiet"],
                folder: authority.folder.path)
            if await process.isListening(port) {
                (self.port, self.process) = (port, process)
                return
            }
            process.kill()
            trouble = process.errors.text
        }
        throw TestAuthority.Trouble(description: trouble)
    }

    deinit { process.kill() }
}
