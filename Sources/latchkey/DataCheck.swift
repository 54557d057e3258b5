import Companion
import Files
import Glibc
import JSON

/// What is true of the data folder.
enum DataCheck {
    private static let topic = "data"

    static func findings(_ folder: String) -> [Doctor.Finding] {
        guard let kind = Files.kind(of: folder) else {
            return [Doctor.Finding(topic, .ok, "\(folder) is not there yet: serve makes it.")]
        }
        guard kind == .folder else {
            return [Doctor.Finding(topic, .problem, "\(folder) is no folder.", hint: "Name another one with --data.")]
        }
        let found = permissions(folder) + access(folder) + files(folder) + apiKeys(folder)
        return found.isEmpty ? [Doctor.Finding(topic, .ok, "\(folder) is private, and can be written to.")] : found
    }

    /// SECURITY: whoever can write to the folder can put another file in the place of the tokens.
    private static func permissions(_ folder: String) -> [Doctor.Finding] {
        guard let mode = try? Files.permissions(of: folder), mode & 0o077 != 0 else { return [] }
        let isWritable = mode & 0o022 != 0
        return [
            Doctor.Finding(
                topic, isWritable ? .problem : .warning,
                "\(folder) can be \(isWritable ? "written to" : "looked into") by others.",
                hint: "chmod 700 '\(folder)'")
        ]
    }

    private static func access(_ folder: String) -> [Doctor.Finding] {
        guard Glibc.access(folder, R_OK | W_OK | X_OK) != 0 else { return [] }
        return [
            Doctor.Finding(
                topic, .problem, "\(folder) cannot be written to: \(String(cString: strerror(errno))).",
                hint:
                    "Run doctor as the user who runs serve; then see who owns the folder, and whether the disk is read-only."
            )
        ]
    }

    private static func files(_ folder: String) -> [Doctor.Finding] {
        let names = ((try? Files.names(in: folder)) ?? []).filter { $0.hasSuffix(".json") }
        return names.sorted().flatMap { name in file(Files.join(folder, name)) }
    }

    private static func apiKeys(_ folder: String) -> [Doctor.Finding] {
        do throws(ApiKeyError) {
            _ = try ApiKeyBook(folder: folder)
            return []
        } catch {
            return [
                Doctor.Finding(
                    topic, .problem, Doctor.sentence("\(error)"),
                    hint: "Mend the file, or move it away and make new keys with latchkey apikey new.")
            ]
        }
    }

    private static func file(_ path: String) -> [Doctor.Finding] {
        do throws(FileError) {
            let bytes = try Files.read(path)
            let isReadable = try Files.permissions(of: path) & 0o077 != 0
            guard (try? JSON.parse(bytes))?.objectValue != nil else {
                return [
                    Doctor.Finding(
                        topic, .problem, "\(path) is not valid JSON.",
                        hint: "Mend it, or move it away: Latchkey does not overwrite what it cannot read.")
                ]
            }
            guard isReadable else { return [] }
            return [Doctor.Finding(topic, .warning, "\(path) can be read by others.", hint: "chmod 600 '\(path)'")]
        } catch {
            return [Doctor.Finding(topic, .problem, Doctor.sentence("\(error)"))]
        }
    }
}
