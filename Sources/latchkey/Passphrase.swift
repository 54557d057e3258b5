import Files

/// The passphrase of a backup: from a file, or asked for. Never an argument, which others can see.
enum Passphrase {
    static let file = Option(
        name: "passphrase-file", value: "FILE", isForOneCall: true,
        help: "a file whose first line is the passphrase (it is asked for)")

    /// The fewest characters of a new one.
    private static let shortest = 12

    /// A passphrase for a new backup.
    static func new(_ settings: Settings) throws(Failure) -> String {
        let passphrase = try read(settings)
        guard passphrase.count >= shortest else {
            throw .input("the passphrase needs \(shortest) characters at least")
        }
        if settings[file] == nil, Asking.isPossible,
            try Asking.secret("Once more: ", what: "passphrase") != passphrase
        {
            throw .input("the two passphrases differ")
        }
        return passphrase
    }

    /// The passphrase of a backup that there is.
    static func read(_ settings: Settings) throws(Failure) -> String {
        guard let path = settings[file] else { return try Asking.secret("Passphrase: ", what: "passphrase") }
        do throws(FileError) {
            let text = String(decoding: try Files.read(path, limit: 65_536), as: UTF8.self)
            return text.split(whereSeparator: \.isNewline).first.map(String.init) ?? ""
        } catch {
            throw .environment("\(error)")
        }
    }
}
