import Crypto
import Files
import Vault

/// Where the key is that seals what must not be readable in the data folder.
///
/// `--key-file`, else `LATCHKEY_KEY`, else systemd's credential `latchkey.key`, else the file in the configuration folder,
/// which is made when there is none.
enum KeyPlace {
    static let keyFile = Option(
        name: "key-file", value: "FILE",
        help: "the key that seals tokens and secrets (~/.config/latchkey/key, made at the first start)")

    /// The variable that holds a key itself.
    static let variable = "LATCHKEY_KEY"

    /// The keys.
    ///
    /// - Parameter folder: the data folder. When something in it is sealed, no key is made.
    /// - Returns: the keys, and where one was made.
    static func keys(
        _ settings: Settings, folder: String, environment: [String: String]
    ) throws(Failure) -> (keys: VaultKeys, made: String?) {
        if let path = settings[keyFile] { return (try read(path, "--key-file"), nil) }
        if let text = environment[variable], !text.isEmpty { return (try fixed(text), nil) }
        if let path = credential(environment) {
            return (try mapped { () throws(VaultError) in try VaultKeys(file: path, isPrivate: false) }, nil)
        }
        let path = try file(settings, environment)
        if Files.kind(of: path) != nil { return (try read(path, nil), nil) }
        guard try mapped({ () throws(VaultError) in try !FileVault.isSealed(folder: folder) }) else {
            throw .environment(
                "what is in '\(folder)' is sealed, and its key is not at '\(path)': "
                    + "put it back, or name it with --key-file")
        }
        guard !isInside(path, folder) else {
            throw .usage("the key would lie beside the data in '\(folder)': say with --key-file where it shall be")
        }
        try make(path)
        return (try read(path, nil), path)
    }

    /// The key file that there is, or would be made: for those who change it.
    static func file(_ settings: Settings, _ environment: [String: String]) throws(Failure) -> String {
        if let path = settings[keyFile] { return path }
        if let folder = environment["XDG_CONFIG_HOME"], folder.hasPrefix("/") {
            return Files.join(folder, "latchkey/key")
        }
        guard let home = environment["HOME"], home.hasPrefix("/") else {
            throw .usage(
                "there is no HOME, so say with --key-file where the key is; 'latchkey key new' makes one")
        }
        return Files.join(home, ".config/latchkey/key")
    }

    /// Makes a key file that is not there yet, for its owner alone.
    static func make(_ path: String) throws(Failure) {
        do {
            try Files.makeFolder(Files.parent(of: path), mode: 0o700)
            try Files.createDurably(Array(KeyRing(current: try .random()).text.utf8), at: path)
        } catch let error as FileError where error.isThere {
            // Another process was quicker: its key it is.
            return
        } catch {
            throw .environment("\(error)")
        }
    }

    /// systemd hands a credential over in a folder that only the service can read (systemd.exec(5), LoadCredential=).
    private static func credential(_ environment: [String: String]) -> String? {
        guard let folder = environment["CREDENTIALS_DIRECTORY"] else { return nil }
        let path = Files.join(folder, "latchkey.key")
        return Files.kind(of: path) == nil ? nil : path
    }

    private static func read(_ path: String, _ option: String?) throws(Failure) -> VaultKeys {
        guard Files.kind(of: path) != nil else {
            throw .environment("there is no key file '\(path)': make one with 'latchkey key new --key-file \(path)'")
        }
        return try mapped { () throws(VaultError) in try VaultKeys(file: path) }
    }

    private static func fixed(_ text: String) throws(Failure) -> VaultKeys {
        guard let ring = KeyRing(text: String(text.map { $0 == "," ? "\n" : $0 })) else {
            throw .environment(
                "\(variable) should be a key of 43 letters and digits, as 'latchkey key new --print' prints it")
        }
        return VaultKeys(ring, name: variable)
    }

    private static func isInside(_ path: String, _ folder: String) -> Bool {
        Files.resolved(path).hasPrefix(Files.resolved(folder) + "/")
    }

    static func mapped<Value>(_ body: () throws(VaultError) -> Value) throws(Failure) -> Value {
        do throws(VaultError) { return try body() } catch { throw .environment("\(error)") }
    }
}
