import Glibc

/// A connection to a server of this machine, with calls that wait for at most ten seconds.
final class CrowdClient {
    private let number: Int32

    init(port: Int) throws {
        number = try Probe.connect(port: port)
        var limit = timeval(tv_sec: 10, tv_usec: 0)
        setsockopt(number, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        // Thousands of ports would otherwise be unusable for a minute after the end.
        var reset = linger(l_onoff: 1, l_linger: 0)
        setsockopt(number, SOL_SOCKET, SO_LINGER, &reset, socklen_t(MemoryLayout<linger>.size))
    }

    deinit { close(number) }

    /// Sends a text; whether the server still takes it.
    @discardableResult
    func send(_ text: StaticString) -> Bool {
        Glibc.send(number, text.utf8Start, text.utf8CodeUnitCount, Int32(MSG_NOSIGNAL)) == text.utf8CodeUnitCount
    }

    /// Receives the beginning of an answer, which is all of a short one; throws unless it is a success.
    func receive() throws {
        let bytes = [UInt8](unsafeUninitializedCapacity: 16_384) {
            $1 = max(0, recv(number, $0.baseAddress, 16_384, 0))
        }
        guard bytes.starts(with: "HTTP/1.1 200".utf8) else {
            let said = String(decoding: bytes.prefix { $0 != UInt8(ascii: "\r") }, as: UTF8.self)
            throw Problem(said.isEmpty ? "the server sent no answer" : "the server answered \(said)")
        }
    }
}
