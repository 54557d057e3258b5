import Glibc

/// A program that was started; it is ended when nothing refers to it any more.
final class ChildProcess {
    let id: pid_t
    private var status: Int32?

    /// Starts a program. What it prints is thrown away.
    init(_ arguments: [String]) throws {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0)
        posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0)
        var words: [UnsafeMutablePointer<CChar>?] = arguments.map { strdup($0) } + [nil]
        defer { for word in words { free(word) } }
        var id = pid_t()
        let error = posix_spawn(&id, arguments.first ?? "", &actions, nil, &words, environ)
        guard error == 0 else {
            throw Problem("cannot start \(arguments.first ?? ""): \(String(cString: strerror(error)))")
        }
        self.id = id
    }

    deinit {
        if status == nil {
            kill(id, SIGKILL)
            waitForEnd()
        }
    }

    /// Waits until it has ended, and gives its exit status.
    @discardableResult
    func waitForEnd() -> Int32 {
        if let status { return status }
        var status: Int32 = 0
        while waitpid(id, &status, 0) < 0, errno == EINTR {}
        self.status = status
        return status
    }

    /// A line of `/proc/<id>/smaps_rollup`, in bytes: `Rss`, `Pss`, `Private_Dirty`.
    func memory(_ name: String) throws -> Double {
        try ProcessMemory.bytes(name, of: id)
    }

    /// The most memory that it has had so far, in bytes.
    func peak() throws -> Double { try ProcessMemory.bytes("VmHWM", of: id, in: "status") }

    /// How many threads it has.
    func threads() throws -> Double { try ProcessMemory.bytes("Threads", of: id, in: "status") / 1024 }

    /// For how many seconds processors have worked for it, user and system.
    func processorSeconds() throws -> Double {
        var clock = clockid_t()
        var time = timespec()
        guard clock_getcpuclockid(id, &clock) == 0, clock_gettime(clock, &time) == 0 else {
            throw Problem("process \(id) is gone")
        }
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }
}
