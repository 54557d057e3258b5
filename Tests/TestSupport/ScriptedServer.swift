internal import Glibc

/// A server that sends fixed bytes to its first client, whatever that says, and closes.
public final class ScriptedServer: Sendable {
    /// The port that it took.
    public let port: Int
    private let number: Int32

    /// Takes a free port; an empty answer is none.
    public static func start(_ answer: String) async throws -> ScriptedServer {
        let number = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                _ = bind(number, $0, length)
                _ = listen(number, 8)
                _ = getsockname(number, $0, &length)
            }
        }
        let server = ScriptedServer(port: Int(UInt16(bigEndian: address.sin_port)), number: number)
        if !answer.isEmpty { Task { try await aside { server.answer(Array(answer.utf8)) } } }
        return server
    }

    private init(port: Int, number: Int32) {
        self.port = port
        self.number = number
    }

    /// Takes no client any more.
    public func close() {
        _ = Glibc.close(number)
    }

    private func answer(_ bytes: [UInt8]) {
        let client = accept(number, nil, nil)
        var buffer = [UInt8](repeating: 0, count: 4096)
        _ = recv(client, &buffer, buffer.count, 0)
        _ = send(client, bytes, bytes.count, Int32(MSG_NOSIGNAL))
        _ = Glibc.close(client)
        close()
    }
}
