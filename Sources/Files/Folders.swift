internal import CLinux
internal import Glibc

extension Files {
    /// The names in a folder, sorted by their bytes, without `.` and `..` (`opendir`, `readdir`).
    public static func names(in folder: String) throws(FileError) -> [String] {
        guard let stream = opendir(folder) else { throw FileError("list", folder) }
        defer { closedir(stream) }
        var names: [String] = []
        while let entry = readdir(stream) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names.sorted()
    }

    /// The regular files in a folder and its folders, as paths relative to it, sorted. Hidden files (`.name`) are left
    /// out, and so is whatever is neither a file nor a folder. An absent folder has none. Links are followed, except to
    /// a folder that is being listed already.
    public static func regularFiles(below folder: String) throws(FileError) -> [String] {
        try regularFiles(below: folder, within: [])
    }

    /// As above, but what lies behind symbolic links is left out, and so are links to files (`lstat`).
    ///
    /// SECURITY: whoever can write in the folder cannot have files of others read, which they may not read themselves.
    public static func ownFiles(below folder: String) throws(FileError) -> [String] {
        guard kind(of: folder) == .folder else { return [] }
        var found: [String] = []
        for name in try names(in: folder) where !name.hasPrefix(".") {
            let path = join(folder, name)
            if isLink(path) { continue }
            switch kind(of: path) {
            case .file: found.append(name)
            case .folder: found += try ownFiles(below: path).map { join(name, $0) }
            case .other, nil: break
            }
        }
        return found.sorted()
    }

    /// Whether there is a symbolic link, wherever it leads (`lstat`).
    public static func isLink(_ path: String) -> Bool {
        var info = stat()
        return lstat(path, &info) == 0 && info.st_mode & S_IFMT == S_IFLNK
    }

    private static func regularFiles(below folder: String, within above: Set<String>) throws(FileError) -> [String] {
        guard kind(of: folder) == .folder, !above.contains(resolved(folder)) else { return [] }
        let within = above.union([resolved(folder)])
        var found: [String] = []
        for name in try names(in: folder) where !name.hasPrefix(".") {
            let path = join(folder, name)
            switch kind(of: path) {
            case .file: found.append(name)
            case .folder: found += try regularFiles(below: path, within: within).map { join(name, $0) }
            case .other, nil: break
            }
        }
        return found.sorted()
    }

    /// Makes a folder and those above it that are missing (`mkdir`).
    public static func makeFolder(_ path: String, mode: UInt32 = 0o755) throws(FileError) {
        if kind(of: path) == .folder { return }
        let above = parent(of: path)
        if above != path { try makeFolder(above, mode: mode) }
        guard mkdir(path, mode) == 0 || errno == EEXIST, kind(of: path) == .folder else {
            throw FileError("make the folder", path)
        }
    }

    /// Removes a file or a folder with all that is in it (`unlink`, `rmdir`); symbolic links are removed, not followed.
    /// Nothing there is no error.
    public static func remove(_ path: String) throws(FileError) {
        var info = stat()
        guard lstat(path, &info) == 0 else { return }
        if info.st_mode & S_IFMT == S_IFDIR {
            for name in try names(in: path) { try remove(join(path, name)) }
            guard rmdir(path) == 0 else { throw FileError("remove", path) }
        } else {
            guard unlink(path) == 0 else { throw FileError("remove", path) }
        }
    }

    /// Moves a file or folder to a new name on the same file system (`rename`).
    public static func move(_ path: String, to target: String) throws(FileError) {
        guard rename(path, target) == 0 else { throw FileError("rename to '\(target)'", path) }
    }

    /// Exchanges two files or folders in one step: at no time is either name missing (`renameat2` with
    /// `RENAME_EXCHANGE`).
    public static func exchange(_ one: String, _ other: String) throws(FileError) {
        guard lk_renameat2(AT_FDCWD, one, AT_FDCWD, other, LK_RENAME_EXCHANGE) == 0 else {
            throw FileError("exchange with '\(other)'", one)
        }
    }

    /// The path with `.`, `..` and symbolic links resolved, absolute (`realpath`). Parts that do not exist are kept.
    public static func resolved(_ path: String) -> String {
        if let real = realpath(path, nil) {
            defer { free(real) }
            return String(cString: real)
        }
        let absolute = path.hasPrefix("/") ? path : join(currentFolder, path)
        let above = parent(of: absolute)
        guard above != absolute else { return absolute }
        let name = absolute.split(separator: "/").last.map(String.init) ?? ""
        if name == ".." { return parent(of: resolved(above)) }
        return name == "." ? resolved(above) : join(resolved(above), name)
    }

    /// The working folder (`getcwd`).
    public static var currentFolder: String {
        guard let path = getcwd(nil, 0) else { return "/" }
        defer { free(path) }
        return String(cString: path)
    }

    /// The folder that holds a path, by its text alone: `/a` for `/a/b`, `.` for `b`, `/` for `/`.
    public static func parent(of path: String) -> String {
        var trimmed = Substring(path)
        while trimmed.count > 1, trimmed.last == "/" { trimmed = trimmed.dropLast() }
        guard let slash = trimmed.lastIndex(of: "/") else { return "." }
        return slash == trimmed.startIndex ? "/" : String(trimmed[..<slash])
    }

    /// A name in a folder; an absolute name stands for itself.
    public static func join(_ folder: String, _ name: String) -> String {
        if name.hasPrefix("/") || folder.isEmpty || folder == "." { return name }
        return folder.hasSuffix("/") ? folder + name : folder + "/" + name
    }
}
