internal import Files

/// The files of a vault, looked at without opening them.
enum SealedFiles {
    /// The names of the owners that have a file in a folder, sorted. A folder that is not there has none.
    static func owners(in folder: String) throws(VaultError) -> [String] {
        guard Files.kind(of: folder) == .folder else { return [] }
        do throws(FileError) {
            return try Files.names(in: folder).filter { $0.hasSuffix(".json") }.map { String($0.dropLast(5)) }
                .filter(VaultName.isValid).sorted()
        } catch {
            throw .unreadable("\(error)")
        }
    }

    /// With which keys the values in a folder are sealed: the first file of each key, and the key's id.
    static func keys(in folder: String) throws(VaultError) -> [(file: String, id: String)] {
        var found: [(file: String, id: String)] = []
        for owner in try owners(in: folder) {
            let path = Files.join(folder, owner + ".json")
            // What cannot be read is told by whoever needs it.
            guard let bytes = try? Files.read(path, limit: 1 << 30) else { continue }
            for id in ids(in: bytes) where !found.contains(where: { $0.id == id }) { found.append((path, id)) }
        }
        return found
    }

    private static func ids(in bytes: [UInt8]) -> [String] {
        let mark = Array("\"\(SecretSeal.mark)".utf8)
        var ids: Set<String> = []
        var index = 0
        while let start = bytes[index...].firstIndex(of: mark[0]) {
            index = start + 1
            guard bytes[start...].starts(with: mark) else { continue }
            let id = bytes[(start + mark.count)...].prefix { $0 != UInt8(ascii: ":") && $0 != mark[0] }
            if id.count <= 64 { ids.insert(String(decoding: id, as: UTF8.self)) }
        }
        return ids.sorted()
    }
}

extension FileVault {
    /// Whether anything in a folder is under seal.
    public static func isSealed(folder: String) throws(VaultError) -> Bool {
        try !SealedFiles.keys(in: folder).isEmpty
    }
}
