import Files

/// The folder that must not be lost.
enum DataFolder {
    /// `--data`, else systemd's `$STATE_DIRECTORY`, else `$XDG_STATE_HOME/latchkey`, else `~/.local/state/latchkey`.
    static func path(_ settings: Settings, environment: [String: String]) throws(Failure) -> String {
        if let given = settings[.data] { return given }
        // systemd gives several folders separated by colons when a unit names several.
        if let state = environment["STATE_DIRECTORY"]?.split(separator: ":").first { return String(state) }
        if let state = environment["XDG_STATE_HOME"], state.hasPrefix("/") { return Files.join(state, "latchkey") }
        guard let home = environment["HOME"], home.hasPrefix("/") else {
            throw .usage("there is no HOME, so say with --data where config and tokens are kept")
        }
        return Files.join(home, ".local/state/latchkey")
    }
}
