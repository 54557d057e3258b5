internal import Files
internal import Glibc

/// A file that always holds the newest token of one connection, in the form that some other program reads.
public struct Sink: Sendable {
    /// The provider's name.
    public var provider: String
    /// Whose account, by the name of their document: `default`, or `u-…` as the log tells it.
    public var owner: String
    /// The account.
    public var account: String
    /// Where the file is: an absolute path.
    public var file: String
    /// What the file looks like.
    public var template: SinkTemplate
    /// The permissions of the file.
    public var mode: UInt32
    /// Folders in which no file may be written, with all links resolved.
    ///
    /// SECURITY: what lies in the output and in what it is made from is served; in the data folder lies the vault.
    public var forbidden: [String]

    /// A sink.
    public init(
        provider: String, owner: String, account: String, file: String, template: SinkTemplate, mode: UInt32,
        forbidden: [String]
    ) {
        (self.provider, self.owner, self.account, self.file) = (provider, owner, account, file)
        (self.template, self.mode, self.forbidden) = (template, mode, forbidden)
    }

    /// Whose connection with whom.
    var key: FlowEngine.Key {
        FlowEngine.Key(provider: provider, id: AccountID(owner: owner, account: account))
    }

    /// Why the file cannot be written where it is wanted, as a sentence without its end; nil when it can.
    ///
    /// SECURITY: looked at before each write, because folders may become links meanwhile.
    public var obstacle: String? {
        let folder = Files.parent(of: file)
        guard Files.kind(of: folder) == .folder else { return "there is no folder '\(folder)'" }
        let real = Files.resolved(folder) + "/"
        if let forbidden = forbidden.first(where: { real.hasPrefix($0 + "/") }) {
            return "'\(file)' lies in '\(forbidden)', which is Latchkey's own"
        }
        guard access(folder, W_OK | X_OK) == 0 else {
            return "the folder '\(folder)' cannot be written to: \(String(cString: strerror(errno)))"
        }
        var info = stat()
        guard lstat(file, &info) == 0 else {
            return errno == ENOENT ? nil : "'\(file)' cannot be looked at: \(String(cString: strerror(errno)))"
        }
        return info.st_mode & S_IFMT == S_IFREG ? nil : "'\(file)' is a link, a folder or a device, and no file"
    }

    /// Whether others than the owner of the folder can put another file in the place of this one.
    public var isReplaceable: Bool {
        guard let mode = try? Files.permissions(of: Files.parent(of: file)) else { return false }
        return mode & 0o022 != 0 && mode & 0o1000 == 0
    }
}
