import Testing

@testable import TestSupport

@Suite(.timeLimit(.minutes(1)))
struct ProcessTests {
    private func shell(_ script: String, folder: String? = nil) throws -> ProcessHandle {
        try ProcessHandle(
            "/bin/sh", ["-c", script], environment: ["PATH": "/usr/bin:/bin", "WORD": "a b"], folder: folder)
    }

    @Test func `output and exit code of a program are seen`() async throws {
        let process = try shell("echo \"$WORD\"; echo trouble >&2; printf end; exit 3")
        #expect(await process.waitForEnd() == .exited(code: 3))
        #expect(process.output.lines == ["a b", "end"])
        #expect(process.errors.text == "trouble\n")
    }

    @Test func `a line is given as soon as it is there`() async throws {
        let process = try shell("echo one; echo ready now; exec sleep 60")
        #expect(await process.output.line { $0.hasPrefix("ready") } == "ready now")
        #expect(await process.terminate() == .killed(signal: 15))
    }

    @Test func `a line that never comes is nil when the stream or the time ends`() async throws {
        let short = try shell("echo one")
        #expect(await short.output.line { $0 == "two" } == nil)
        let long = try shell("exec sleep 60")
        #expect(await long.output.line(within: .milliseconds(10)) { $0 == "two" } == nil)
        #expect(await long.waitForEnd(within: .milliseconds(10)) == nil)
    }

    @Test func `kill ends the whole group`() async throws {
        let process = try shell("sleep 60 & echo started; wait")
        #expect(await process.output.line { $0 == "started" } == "started")
        process.kill()
        #expect(await process.waitForEnd() == .killed(signal: 9))
        // The background program had the pipe, too: its end shows that nobody is left.
        #expect(await process.output.waitForEnd())
    }

    @Test func `a folder can be chosen`() async throws {
        let folder = try TemporaryFolder()
        let process = try shell("pwd", folder: folder.path)
        #expect(await process.output.line { _ in true } == folder.path)
    }

    @Test func `a program that is not there is an error`() {
        #expect(throws: ProcessHandle.Failure(description: "cannot start /nonsense: No such file or directory")) {
            try ProcessHandle("/nonsense")
        }
    }

    @Test(
        arguments: [
            ("Latchkey is ready: http://127.0.0.1:8787/", "http://127.0.0.1:8787"),
            ("  → <https://lan/settings>, or so", "https://lan/settings"), ("nothing here", nil),
        ])
    func `the address is found in a line`(line: String, address: String?) {
        #expect(RunningLatchkey.address(in: line) == address)
    }

    @Test func `the binary lies beside the tests`() {
        #expect(RunningLatchkey.binary.hasSuffix("/latchkey"))
    }
}
