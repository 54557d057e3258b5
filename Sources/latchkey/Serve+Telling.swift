import Companion
import Diagnostics
import Files
import HTTP
import Providers
import Site

/// Who is told what happens to connections.
extension Serve {
    static let webhook = Option(
        name: "webhook", value: "URL", isRepeatable: true,
        help: "post each change of a connection there, signed and without tokens: https, or http to this machine")
    static let webhookSecretFile = Option(
        name: "webhook-secret-file", value: "FILE", help: "a file with the secret that signs the posts of --webhook")
    static let auditSize = Option(
        name: "audit-size", value: "BYTES", help: "how large audit.log may become before it is begun anew (5M)")
    static let auditFiles = Option(
        name: "audit-files", value: "COUNT", help: "how many files the audit log may have; 0 for no audit log (5)")
    static let sinks = StructuredKey(
        key: "sinks", shape: "[{ provider, account, owner, file, template, mode }]",
        help: "files that hold the newest token in the form that another program reads (Docs/sinks.md)")

    /// What counts after a restart.
    static let auditOptions = [auditSize, auditFiles]
    static let tellingOptions = [webhook, webhookSecretFile] + auditOptions

    /// What lives as long as the process: the audit log, and what is known of the files of sinks.
    static func telling(_ settings: Settings, data: String) throws(Failure) -> Telling {
        var telling = Telling()
        telling.sinkBook = SinkBook(folder: tellingFolder(data))
        let files = Int(settings[auditFiles] ?? "5")
        guard let files, 0...100 ~= files else {
            throw .usage("--audit-files '\(settings[auditFiles] ?? "")' should be a number from 0 to 100")
        }
        let size = settings[auditSize].flatMap { LimitOption.value(of: $0, .bytes) } ?? 5 << 20
        guard settings[auditSize].map({ LimitOption.value(of: $0, .bytes) != nil }) ?? true,
            4096...1_073_741_824 ~= size
        else {
            throw .usage("--audit-size '\(settings[auditSize] ?? "")' should be a size from 4K to 1G, such as 5M")
        }
        if files > 0 { telling.audit = AuditLog(RotatedFile(auditPath(data), size: size, count: files)) }
        return telling
    }

    /// Where the audit log is.
    static func auditPath(_ data: String) -> String { Files.join(data, "audit.log") }

    /// Where an audit log is kept, what a command has done belongs into it. It begins no log, and rotates none.
    static func audit(_ entry: AuditEntry, data: String) {
        let path = auditPath(data)
        guard Files.kind(of: path) == .file else { return }
        let log = AuditLog(RotatedFile(path, size: 1 << 40, count: 1))
        log.write(entry)
        log.flush(within: .seconds(2))
    }

    /// Where it is kept what was told and is to be told.
    static func tellingFolder(_ data: String) -> String { Files.join(data, "telling") }

    /// The addresses that are told of changes.
    static func webhooks(_ settings: Settings, data: String) throws(Failure) -> Webhooks {
        let urls = settings.all(webhook)
        guard !urls.isEmpty else {
            if settings.has(webhookSecretFile) { throw .usage("--webhook-secret-file is for --webhook") }
            return Webhooks()
        }
        for (index, url) in urls.enumerated() {
            do throws(ClientError) { try Client.check(url) } catch { throw .usage("--webhook: \(error)") }
            if urls[..<index].contains(url) { throw .usage("--webhook names the same address twice") }
        }
        return Webhooks(urls: urls, secret: try webhookSecret(settings), folder: tellingFolder(data))
    }

    /// SECURITY: from a file, so that it is in no list of processes.
    private static func webhookSecret(_ settings: Settings) throws(Failure) -> [UInt8] {
        guard let file = settings[webhookSecretFile] else {
            throw .usage(
                "--webhook needs --webhook-secret-file: with the secret, receivers tell our posts from others'")
        }
        let bytes: [UInt8]
        do throws(FileError) {
            bytes = try Files.read(file, limit: 65_536)
        } catch {
            throw .environment("--webhook-secret-file: \(error)")
        }
        let secret = Array(bytes.prefix { $0 != UInt8(ascii: "\n") && $0 != UInt8(ascii: "\r") })
        guard secret.count >= 16 else {
            throw .usage("--webhook-secret-file '\(file)' should hold 16 bytes at least on its first line")
        }
        return secret
    }

    /// The files that hold the newest tokens.
    ///
    /// - Parameter data: the data folder, where it is known.
    static func sinks(
        _ settings: Settings, _ catalogue: Catalogue, _ sources: SiteSources, data: String?
    ) throws(Diagnostics) -> [Sink] {
        let own = ["Templates", "Static"].map { Files.join(settings.site, $0) } + [settings.output]
        return try SinkReader.read(
            settings.structure(sinks), catalogue, sources, forbidden: own + [data].compactMap(\.self))
    }
}
