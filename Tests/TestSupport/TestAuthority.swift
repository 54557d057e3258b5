/// A certificate authority made for one test by the openssl tool, with the certificates that it signs.
public struct TestAuthority: Sendable {
    /// It could not be made.
    public struct Trouble: Error, CustomStringConvertible {
        /// What openssl says.
        public let description: String

        /// - Parameter description: what went wrong.
        public init(description: String) { self.description = description }
    }

    /// When a certificate is valid.
    public enum Validity: Sendable {
        /// Now.
        case now
        /// No more.
        case over
        /// Not yet.
        case later
    }

    /// The folder with all files.
    public let folder: TemporaryFolder

    /// The file of its certificate (PEM).
    public var file: String { folder("ca.pem") }

    /// Makes one.
    public init() async throws {
        folder = try TemporaryFolder()
        try folder.write(Self.configuration, to: "ca.conf")
        try folder.write("", to: "index.txt")
        try await openssl([
            "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
            "-subj", "/CN=Test authority", "-keyout", folder("ca.key"), "-out", file,
        ])
    }

    /// Makes a certificate with its key, both in the file of this name.
    ///
    /// - Parameter host: such as `IP:127.0.0.1` or `DNS:localhost`.
    public func certify(_ name: String, host: String = "IP:127.0.0.1", _ validity: Validity = .now) async throws {
        let dates =
            switch validity {
            case .now: ["-days", "2"]
            case .over: ["-startdate", "20200101000000Z", "-enddate", "20200102000000Z"]
            case .later: ["-startdate", "20980101000000Z", "-enddate", "20990101000000Z"]
            }
        try await openssl([
            "req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-subj", "/CN=\(name)",
            "-addext", "subjectAltName=\(host)", "-keyout", folder("\(name).key"), "-out", folder("\(name).csr"),
        ])
        try await openssl(
            [
                "ca", "-batch", "-notext", "-config", folder("ca.conf"), "-in", folder("\(name).csr"), "-out",
                folder("\(name).crt"), "-cert", file, "-keyfile", folder("ca.key"), "-outdir", folder.path,
            ] + dates)
        try folder.write(folder.text(of: "\(name).crt") + folder.text(of: "\(name).key"), to: name)
    }

    private func openssl(_ arguments: [String]) async throws {
        let process = try ProcessHandle("/usr/bin/openssl", arguments, folder: folder.path)
        guard await process.waitForEnd() == .exited(code: 0) else {
            throw Trouble(description: process.errors.text)
        }
    }

    private static let configuration = """
        [ca]
        default_ca = own
        [own]
        database = index.txt
        rand_serial = yes
        default_md = sha256
        copy_extensions = copy
        policy = any
        unique_subject = no
        [any]
        commonName = supplied
        """
}
