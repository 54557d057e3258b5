internal import Crypto
internal import Files
internal import Glibc
internal import Synchronization

/// The folder that a build replaces as a whole: until the last moment the old site is there, then the new one.
public struct OutputFolder: Sendable, Equatable {
    /// The folder, absolute, with symbolic links resolved.
    public let path: String

    /// Checks that the folder may be replaced at all.
    ///
    /// - Parameters:
    ///   - path: the folder; it may be absent.
    ///   - site: the folder that the site is built from.
    ///   - home: the person's home folder.
    /// - Throws: `refused` for `/`, the home folder, the site folder, whatever holds these, and the folders of sources.
    public init(_ path: String, of site: SiteFolder, home: String? = Self.home) throws(BuildError) {
        // SECURITY: everything below the folder is deleted, so links are resolved before any comparison.
        let output = Files.resolved(path.isEmpty ? "." : path)
        self.path = output
        let source = Files.resolved(site.path.isEmpty ? "." : site.path)
        let advice = "choose a folder for the output alone, such as '\(Files.join(site.path, "Output"))'"
        if output == "/" { throw .refused("'/' cannot be the output folder: \(advice)") }
        if let home = home.map(Files.resolved), Self.holds(output, home) {
            throw .refused("'\(output)' cannot be the output folder, because it holds your home folder: \(advice)")
        }
        if Self.holds(output, source) {
            throw .refused("'\(output)' cannot be the output folder, because it holds the site's files: \(advice)")
        }
        for folder in ["Templates", "Static"] where Self.holds(Files.resolved(Files.join(source, folder)), output) {
            throw .refused(
                "'\(output)' cannot be the output folder, because the site is built from \(folder): \(advice)")
        }
    }

    /// The home folder (`HOME`).
    public static var home: String? {
        getenv("HOME").map { String(cString: $0) }.flatMap { $0.isEmpty ? nil : $0 }
    }

    private static func holds(_ folder: String, _ path: String) -> Bool {
        folder == path || path.hasPrefix(folder == "/" ? "/" : folder + "/")
    }

    /// Puts a site in the place of what is in the folder; false when it is the same to the byte and was left alone.
    ///
    /// - Throws: `refused` when the folder holds anything that no build wrote.
    public func replace(with site: RenderedSite) throws(BuildError) -> Bool {
        try Self.turn.withLock { _ throws(BuildError) in
            try checkThatItIsOurs()
            do throws(FileError) {
                try removeLeftovers()
                if holds(site) { return false }
                try exchange(with: site)
                return true
            } catch {
                throw .file(error)
            }
        }
    }

    /// One at a time in this process, so that what carries this process's number is a leftover.
    private static let turn = Mutex(())

    // MARK: What is there

    /// When a build last changed the folder, in seconds since 1970; nil when there is no site in it.
    var modified: Int64? {
        Files.stamp(of: Files.join(path, RenderedSite.manifestName)).map { Int64($0.modified / 1_000_000_000) }
    }

    private func checkThatItIsOurs() throws(BuildError) {
        guard let kind = Files.kind(of: path) else { return }
        guard kind == .folder else { throw .refused("'\(path)' is not a folder: choose another output folder") }
        let found = contents()
        if found.isEmpty { return }
        guard let manifest = SiteManifest(folder: path) else {
            throw .refused(
                "'\(path)' is not empty, and no build made it (there is no \(RenderedSite.manifestName)): "
                    + "choose another output folder, or empty this one")
        }
        let known = Set(manifest.paths).union([RenderedSite.manifestName])
        if let foreign = found.first(where: { !known.contains($0) }) {
            throw .refused(
                "'\(Files.join(path, foreign))' was not made by a build and would be lost: "
                    + "move it to Static/, which is copied into the output, or delete it")
        }
    }

    private func holds(_ site: RenderedSite) -> Bool {
        guard (try? Files.read(Files.join(path, RenderedSite.manifestName))) == site.manifest else { return false }
        return site.contents.allSatisfy { (try? Files.read(Files.join(path, $0.path))) == $0.bytes }
    }

    /// All files and whatever else is in the folder, hidden ones too, as sorted paths; of folders only empty ones.
    private func contents() -> [String] {
        func below(_ folder: String) -> [String] {
            let names = (try? Files.names(in: Files.join(path, folder))) ?? []
            return names.flatMap { name in
                let inner = Files.join(folder, name)
                let found = Files.kind(of: Files.join(path, inner)) == .folder ? below(inner) : []
                return found.isEmpty ? [inner] : found
            }
        }
        return below("")
    }

    // MARK: Replacing

    private func exchange(with site: RenderedSite) throws(FileError) {
        try Files.makeFolder(Files.parent(of: path))
        let temporary = try temporaryPath()
        try Self.makeNewFolder(temporary)
        do throws(FileError) {
            try write(site, into: temporary)
            if Files.kind(of: path) == nil {
                try Files.move(temporary, to: path)
            } else {
                try Files.exchange(temporary, path)
            }
            try Files.synchronise(folder: Files.parent(of: path))
        } catch {
            try? Files.remove(temporary)
            throw error
        }
        try Files.remove(temporary)
    }

    /// Makes a folder (`mkdir`).
    ///
    /// SECURITY: what is there already is an error, be it a folder or a link to one: somebody else made it, and would
    /// have the site written where they like.
    static func makeNewFolder(_ path: String) throws(FileError) {
        guard mkdir(path, 0o755) == 0 else { throw FileError("make the folder", path) }
    }

    private func write(_ site: RenderedSite, into folder: String) throws(FileError) {
        var folders: Set<String> = [folder]
        var targets: [String] = []
        for (path, bytes) in site.contents + [(RenderedSite.manifestName, site.manifest)] {
            let target = Files.join(folder, path)
            let parent = Files.parent(of: target)
            if folders.insert(parent).inserted { try Files.makeFolder(parent) }
            try Files.write(bytes, to: target)
            targets.append(target)
        }
        for target in targets { try Files.synchronise(file: target) }
        for parent in folders.sorted() { try Files.synchronise(folder: parent) }
    }

    /// What a build is preparing lies beside the folder, because only there it can be exchanged in one step.
    private var temporaryPrefix: String {
        let name = path.split(separator: "/").last ?? ""
        return Files.join(Files.parent(of: path), ".\(name).latchkey-")
    }

    /// SECURITY: a name that nobody can know before, so that nobody can be there first.
    private func temporaryPath() throws(FileError) -> String {
        do {
            return temporaryPrefix + "\(getpid())-" + (try Crypto.randomToken(bytes: 12))
        } catch {
            throw FileError("choose a name beside", path, code: EAGAIN)
        }
    }

    /// Removes what killed builds have left.
    private func removeLeftovers() throws(FileError) {
        let parent = Files.parent(of: path)
        guard Files.kind(of: parent) == .folder else { return }
        for name in try Files.names(in: parent) {
            let found = Files.join(parent, name)
            // The number of the process, and since some time a random text.
            let end = found.dropFirst(temporaryPrefix.count).prefix { $0 != "-" }
            guard found.hasPrefix(temporaryPrefix), let owner = Int32(end), Self.isOwnFolder(found) else { continue }
            let isAlive = owner != getpid() && (kill(owner, 0) == 0 || errno == EPERM)
            if !isAlive { try Files.remove(found) }
        }
    }

    /// SECURITY: nothing that only has such a name: no link, and nothing of another user.
    private static func isOwnFolder(_ path: String) -> Bool {
        var status = stat()
        return lstat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR && status.st_uid == geteuid()
    }
}
