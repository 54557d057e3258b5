internal import Glibc
internal import Synchronization

/// A running program in a process group of its own. When the handle goes away, the whole group is killed.
public final class ProcessHandle: Sendable {
    /// How a process ended.
    public enum End: Sendable, Equatable {
        /// By itself, with this exit code.
        case exited(code: Int)
        /// By a signal.
        case killed(signal: Int)
    }

    /// The program could not be started.
    public struct Failure: Error, Equatable, CustomStringConvertible {
        /// A sentence with the program and the reason.
        public let description: String
    }

    /// The process id, which is the id of the group, too.
    public let id: Int32
    /// What it writes to standard output.
    public let output: ProcessOutput
    /// What it writes to standard error.
    public let errors: ProcessOutput
    private let ending: ProcessWaiting<End?>
    private static let starting = Mutex(())

    /// How sanitizers behave (`make sanitize`): the programs that tests start have them built in as well.
    private static let sanitizers = ProcessHandle.environment().filter {
        ["ASAN_OPTIONS", "TSAN_OPTIONS"].contains($0.key)
    }

    /// Starts a program by its absolute path. It has no standard input, and its environment is exactly the given one.
    /// `passing` are descriptors that it gets as numbers 3, 4 and so on.
    public init(
        _ program: String, _ arguments: [String] = [], environment: [String: String] = ProcessHandle.environment(),
        folder: String? = nil, passing: [Int32] = []
    ) throws(Failure) {
        // env(1) changes the folder and becomes the program: the call for it is hidden in Glibc's module.
        let moved = folder.map { ("/usr/bin/env", ["-C", $0, program] + arguments) } ?? (program, arguments)
        // One at a time: between pipe() and FD_CLOEXEC another child would inherit the pipe and keep it open.
        let started = try Self.starting.withLock { _ throws(Failure) in
            let out = try Self.pipe()
            let err = try Self.pipe()
            defer { for end in [out.write, err.write] { close(end) } }
            return (
                id: try Self.spawn(
                    moved.0, moved.1, environment.merging(Self.sanitizers) { own, _ in own },
                    [out.write, err.write] + passing), out: out.read,
                err: err.read
            )
        }
        id = started.id
        output = ProcessOutput(descriptor: started.out)
        errors = ProcessOutput(descriptor: started.err)
        let (id, ending) = (id, ProcessWaiting<End?>(nil))
        self.ending = ending
        startThread { Self.reap(id, ending) }
    }

    deinit { kill() }

    /// The key with which the tests seal, so that none is made in the home of whoever runs them.
    public static let sealingKey = "dGVzdHMtb2YtbGF0Y2hrZXktc2VhbC13aXRoLXRoaXM"

    /// The environment of the tests with some variables changed (`nil` removes one).
    public static func environment(_ changes: [String: String?] = [:]) -> [String: String] {
        var all: [String: String] = [:]
        var next = environ
        while let entry = next.pointee {
            let pair = String(cString: entry).split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            if pair.count == 2 { all[String(pair[0])] = String(pair[1]) }
            next += 1
        }
        all["LATCHKEY_KEY"] = sealingKey
        for (name, value) in changes { all[name] = value }
        return all
    }

    /// Sends a signal to the process, unless it has ended.
    public func signal(_ number: Int32) {
        if ending.state == nil { _ = Glibc.kill(id, number) }
    }

    /// Asks it to end (SIGTERM) and waits; what remains of the group is killed.
    @discardableResult
    public func terminate(within limit: Duration = .patience) async -> End? {
        signal(SIGTERM)
        let end = await waitForEnd(within: limit)
        kill()
        return end
    }

    /// Kills the whole group at once (`kill -9`).
    public func kill() { if ending.state == nil { _ = Glibc.kill(-id, SIGKILL) } }

    /// Waits until it has ended and all that it wrote is read; `nil` when the time ends before.
    public func waitForEnd(within limit: Duration = .patience) async -> End? {
        let hasEnded = await ending.wait(limit) { $0 != nil }
        guard hasEnded else { return nil }
        for stream in [output, errors] { _ = await stream.waitForEnd() }
        return ending.state
    }

    private static func reap(_ id: Int32, _ ending: ProcessWaiting<End?>) {
        var info = siginfo_t()
        // The process stays a zombie until the end is written down: its number must not go to another one before.
        while waitid(P_PID, id_t(id), &info, WEXITED | WNOWAIT) != 0 && errno == EINTR {}
        // What it leaves behind ends with it.
        _ = Glibc.kill(-id, SIGKILL)
        ending.change { end in
            var status: Int32 = 0
            while waitpid(id, &status, 0) < 0 && errno == EINTR {}
            let signal = status & 0x7F
            end = signal == 0 ? .exited(code: Int(status >> 8 & 0xFF)) : .killed(signal: Int(signal))
        }
    }

    private static func pipe() throws(Failure) -> (read: Int32, write: Int32) {
        var ends: [Int32] = [-1, -1]
        guard Glibc.pipe(&ends) == 0 else { throw Failure(description: "cannot make a pipe: errno \(errno)") }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        return (ends[0], ends[1])
    }

    private static func spawn(
        _ program: String, _ arguments: [String], _ environment: [String: String], _ descriptors: [Int32]
    ) throws(Failure) -> Int32 {
        // High numbers first, so that none is where another one goes.
        let copies = descriptors.map { fcntl($0, F_DUPFD_CLOEXEC, 64) }
        defer { for copy in copies { close(copy) } }
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        for (index, copy) in copies.enumerated() {
            posix_spawn_file_actions_adddup2(&actions, copy, Int32(clamping: index + 1))
        }
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var signals = sigset_t()
        sigemptyset(&signals)
        posix_spawnattr_setsigmask(&attributes, &signals)
        sigfillset(&signals)
        posix_spawnattr_setsigdefault(&attributes, &signals)
        posix_spawnattr_setpgroup(&attributes, 0)
        let flags = POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF
        posix_spawnattr_setflags(&attributes, Int16(flags))
        var id: Int32 = 0
        let code = withCStrings([program] + arguments) { argv in
            withCStrings(environment.map { "\($0)=\($1)" }) {
                posix_spawn(&id, program, &actions, &attributes, argv, $0)
            }
        }
        guard code == 0 else {
            throw Failure(description: "cannot start \(program): \(String(cString: strerror(code)))")
        }
        return id
    }

    private static func withCStrings<Result>(
        _ strings: [String], _ body: (UnsafePointer<UnsafeMutablePointer<CChar>?>) -> Result
    ) -> Result {
        var pointers = strings.map { strdup($0) } + [nil]
        defer { for pointer in pointers { free(pointer) } }
        return pointers.withUnsafeMutableBufferPointer { buffer in
            // The array has at least its last nil, so that there always is an address.
            guard let base = buffer.baseAddress else { preconditionFailure("an array of at least one has no address") }
            return body(base)
        }
    }
}
