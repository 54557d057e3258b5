import Companion
import Files
import Glibc
import JSON

/// `<data>/running.json`: what a running server tells other commands of this machine. It is there as long as the server
/// runs, for whoever may read the data folder.
struct RunningFile: Equatable {
    let process: Int
    /// How people reach the server.
    let publicURL: String
    /// With it `latchkey doctor` knows the server again when it is asked through a proxy.
    let probeKey: String

    private static func path(_ folder: String) -> String { Files.join(folder, "running.json") }

    init(publicURL: String, probe: AddressProbe) {
        (process, self.publicURL, probeKey) = (Int(getpid()), publicURL, probe.key)
    }

    /// What the server of a data folder has told; nil when none runs.
    init?(folder: String) {
        let json = (try? Files.read(Self.path(folder), limit: 65_536)).flatMap { try? JSON.parse($0) } ?? .null
        guard let process = json["process"]?.intValue, let number = Int32(exactly: process), number > 0,
            // It may belong to another user.
            kill(number, 0) == 0 || errno == EPERM,
            let url = json["public_url"]?.stringValue, let key = json["probe_key"]?.stringValue
        else { return nil }
        (self.process, publicURL, probeKey) = (process, url, key)
    }

    /// Writes it, mode 0600.
    func write(_ folder: String) throws(Failure) {
        let json: JSON = [
            "process": .int(process), "public_url": .string(publicURL), "probe_key": .string(probeKey),
        ]
        do { try Files.writeDurably(json.encoded(), to: Self.path(folder)) } catch { throw .environment("\(error)") }
    }

    /// Takes it away, when the server ends.
    static func remove(_ folder: String) { try? Files.remove(path(folder)) }
}
