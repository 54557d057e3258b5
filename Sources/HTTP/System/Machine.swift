internal import Glibc

/// What a process has to know and to say before it serves.
enum Machine {
    /// How many processors this machine gives us (`sysconf`); at least 1.
    static var processors: Int { max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN))) }

    /// Writing to a socket whose peer is gone must be an error and not the end of the process (`signal`).
    static func ignoreBrokenPipes() {
        _ = signal(SIGPIPE, SIG_IGN)
    }
}
