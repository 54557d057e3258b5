import Files
import HTTP
import TestSupport
import Testing

@testable import latchkey

/// The limits of the server as options.
@Suite(.timeLimit(.minutes(1)))
struct LimitOptionTests {
    private func limits(_ words: String...) throws -> Limits {
        try Serve.limits(Settings(commandLine: words, options: Serve.options))
    }

    @Test func `without options there are the defaults`() throws {
        #expect(try limits() == Limits())
    }

    @Test func `sizes, counts and times have units`() throws {
        var expected = Limits()
        (expected.body, expected.header, expected.buffered) = (131_072, 4096, 1_073_741_824)
        (expected.idleTime, expected.headerTime) = (.seconds(120), .milliseconds(500))
        (expected.answerTime, expected.bodyTime) = (.seconds(3600), .seconds(7))
        (expected.connections, expected.eventStreams) = (5, 1_000_000)
        #expect(
            try limits(
                "--body-limit", "128K", "--header-limit", "4096", "--buffer-limit", "1G", "--idle-time", "2m",
                "--header-time", "500ms", "--answer-time", "1h", "--body-time", "7", "--connection-limit", "5",
                "--event-stream-limit", "1000000") == expected)
    }

    @Test(arguments: [
        ("--body-limit", "1023", "a size from 1K to 64M, such as 64K"),
        ("--body-limit", "65M", "a size from 1K to 64M, such as 64K"),
        ("--body-limit", "64KB", "a size from 1K to 64M, such as 64K"),
        ("--body-limit", "-5", "a size from 1K to 64M, such as 64K"),
        ("--body-limit", "9223372036854775807G", "a size from 1K to 64M, such as 64K"),
        ("--body-limit", "99999999999999999999", "a size from 1K to 64M, such as 64K"),
        ("--header-field-limit", "7", "a number from 8 to 10000"),
        ("--connection-limit", "10K", "a number from 1 to 1000000"),
        ("--connection-limit", "0", "a number from 1 to 1000000"),
        ("--idle-time", "5d", "a time from 10ms to 24h, such as 500ms, 10s or 2m"),
        ("--idle-time", "0", "a time from 10ms to 24h, such as 500ms, 10s or 2m"),
        ("--idle-time", "25h", "a time from 10ms to 24h, such as 500ms, 10s or 2m"),
    ]) func `a value out of its range is refused with the range`(name: String, value: String, wanted: String) {
        #expect(throws: Failure.usage("\(name) '\(value)' should be \(wanted)")) { try limits("\(name)=\(value)") }
    }

    @Test func `this machine's programs are exempt from the limit of a client until it is given`() throws {
        let own = ClientAddress(network: 0, interface: 1)
        let other = ClientAddress(network: 0, interface: 0xFFFF_0A00_0001)
        let options = Serve.options
        #expect(Serve.isTrusted(try Settings(commandLine: [], options: options))(own))
        #expect(!Serve.isTrusted(try Settings(commandLine: [], options: options))(other))
        let given = try Settings(commandLine: ["--client-connection-limit", "5"], options: options)
        #expect(!Serve.isTrusted(given)(own))
        let listed = TrustedProxies(ranges: [try AddressRange("10.0.0.0/8")])
        #expect(Serve.isTrusted(given, listed)(other) && !Serve.isTrusted(given, listed)(own))
    }

    @Test func `the documentation names every limit with its default`() throws {
        let folder = #filePath.split(separator: "/").dropLast(4).joined(separator: "/")
        let text = String(decoding: try Files.read("/\(folder)/Docs/limits.md"), as: UTF8.self)
        for limit in Serve.limits.map(\.option) + [Serve.pendingLimit, Serve.accountLimit] {
            let standard = limit.help.split(separator: "(").last?.dropLast() ?? ""
            let isListed = text.contains("| `--\(limit.name)` | \(standard) |")
            #expect(isListed || limit.name == "client-connection-limit", "--\(limit.name) \(standard)")
        }
    }

    @Test func `a server keeps the limits that it was given`() async throws {
        let folder = try TemporaryFolder()
        try folder.write(#"{ body_limit: "1K", client_connection_limit: 1 }"#, to: "site/latchkey.json5")
        let running = try await RunningLatchkey([
            "serve", "--listen", "127.0.0.1:0", "--site", folder("site"), "--data", folder("data"),
        ])
        let port = try #require(Int(running.url.split(separator: ":").last ?? ""))
        let client = try await RawClient.connect(port: port)
        // It counts when it is answered: another loop may accept the next one sooner.
        try await client.send("GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
        #expect(try await client.response().status == 200)
        let second = try await RawClient.connect(port: port)
        #expect(try await second.response().status == 503)
        try await client.send("POST /api/config HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1025\r\n\r\n")
        #expect(try await client.response().status == 413)
        let line = await running.process.errors.line { $0.contains("turned away") }
        #expect(
            line
                == #"warning connections of a client turned away count=1 hint="--client-connection-limit; list proxies with --trusted-proxy""#
        )
        #expect(await running.process.terminate() == .exited(code: 0))
    }
}
