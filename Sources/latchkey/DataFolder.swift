import Files

/// The folder that must not be lost.
enum DataFolder {
    /// The folder; a demonstration has one of its own in it, so that nothing real is touched.
    static func path(_ settings: Settings, environment: [String: String]) throws(Failure) -> String {
        let folder = try base(settings, environment: environment)
        return settings.has(Serve.demo) ? Files.join(folder, "demo") : folder
    }

    /// SECURITY: what lies in the output is served, and a build takes away what it has not made.
    static func check(_ folder: String, _ settings: Settings) throws(Failure) {
        let (data, output) = (Files.resolved(folder), Files.resolved(settings.output))
        guard data == output || data.hasPrefix(output + "/") else { return }
        throw .usage("--data '\(folder)' lies in the output folder, which is served: name another one")
    }

    /// `--data`, else systemd's `$STATE_DIRECTORY`, else `$XDG_STATE_HOME/latchkey`, else `~/.local/state/latchkey`.
    private static func base(_ settings: Settings, environment: [String: String]) throws(Failure) -> String {
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
