import Files
import Glibc
import TestSupport
import Testing

private let canMount = geteuid() == 0 && system("unshare -m true 2>/dev/null") == 0

/// Disks that take nothing, made with mounts that only the process of the test sees (unshare(1)).
@Suite(.timeLimit(.minutes(1)), .enabled(if: canMount, "mounting needs to be the superuser"))
struct DiskTests {
    private let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
        try Files.makeFolder(folder("data"), mode: 0o700)
    }

    /// Runs `serve` after a shell command, which finds the data folder in `$DATA`.
    private func serve(after command: String) async throws -> Command {
        let words = ["serve", "--site", folder("site"), "--data", folder("data"), "--listen", "127.0.0.1:0"]
        let process = try ProcessHandle(
            "/usr/bin/unshare",
            ["-m", "/bin/sh", "-c", command + "\nexec \"$@\"", "sh", RunningLatchkey.binary] + words,
            environment: ProcessHandle.environment(["DATA": folder("data")]))
        let end = await process.waitForEnd()
        process.kill()
        let code: Int? = if case .exited(let code)? = end { code } else { nil }
        return Command(code: code, output: process.output.text, errors: process.errors.text)
    }

    private func refused(_ reason: String) -> Command {
        .refused(3, "--data '\(folder("data"))' cannot be used: \(reason)")
    }

    @Test func `a disk that is read-only is told at the start`() async throws {
        let run = try await serve(after: "mount -t tmpfs -o ro,mode=700 none \"$DATA\"")
        #expect(run == refused("cannot lock '\(folder("data/.lock"))': Read-only file system"))
    }

    @Test func `a disk that is full is told at the start`() async throws {
        let run = try await serve(
            after: """
                mount -t tmpfs -o size=16k,mode=700 none "$DATA"
                echo '{"version": 1, "trakt": {"client_id": "x"}}' > "$DATA/default.json"
                cat /dev/zero > "$DATA/full" 2>/dev/null
                """)
        #expect(run.code == 3)
        #expect(run.errors.contains("No space left on device"), "\(run.errors)")
    }

    @Test func `a file that is mounted alone, and so cannot be replaced, is told at the start`() async throws {
        try folder.write(#"{"version": 1, "trakt": {"client_id": "x"}}"#, to: "outside.json")
        try folder.write("", to: "data/default.json")
        let run = try await serve(
            after: "mount --bind \"$DATA/../outside.json\" \"$DATA/default.json\"")
        #expect(run.code == 3)
        #expect(
            run.errors
                == "latchkey: the state could not be saved: cannot replace '\(folder("data/default.json"))': Device or resource busy\n"
        )
        #expect(try folder.text(of: "outside.json") == #"{"version": 1, "trakt": {"client_id": "x"}}"#)
    }
}
