import Files
import TestSupport
import Testing

@testable import latchkey

/// The unit files of the documentation.
@Suite(.timeLimit(.minutes(1)))
struct UnitFileTests {
    private static let folder =
        "/" + #filePath.split(separator: "/").dropLast(4).joined(separator: "/") + "/Docs/systemd/"
    private static let analyze = "/usr/bin/systemd-analyze"

    private func unit(_ name: String) throws -> String {
        String(decoding: try Files.read(Self.folder + name), as: UTF8.self)
    }

    @Test func `the service runs a command that latchkey understands`() throws {
        let lines = try unit("latchkey.service").split(separator: "\n")
        let command = try #require(lines.first { $0.hasPrefix("ExecStart=") }).split(separator: " ").map(String.init)
        #expect(command.prefix(2) == ["ExecStart=/usr/local/bin/latchkey", "serve"])
        let settings = try Settings(commandLine: command.dropFirst(2), options: Serve.options)
        #expect(settings.arguments == [] && settings.all(Serve.listen) == [])
        _ = try Listening(settings)
        for line in ["Type=notify", "ExecReload=/bin/kill -HUP $MAINPID", "StateDirectory=latchkey"] {
            #expect(lines.contains { $0 == line }, "\(line)")
        }
    }

    @Test(.enabled(if: Files.kind(of: analyze) != nil, "there is no systemd-analyze"))
    func `systemd finds nothing wrong with the unit files`() async throws {
        let copies = try TemporaryFolder()
        let service = try unit("latchkey.service").replacing("/usr/local/bin/latchkey", with: RunningLatchkey.binary)
        try copies.write(service, to: "latchkey.service")
        try copies.write(try unit("latchkey.socket"), to: "latchkey.socket")
        let run = try ProcessHandle(
            Self.analyze, ["verify", copies("latchkey.service"), copies("latchkey.socket")])
        #expect(await run.waitForEnd() == .exited(code: 0), "\(run.errors.text)")
        #expect(!run.errors.text.contains("latchkey."), "\(run.errors.text)")
    }
}
