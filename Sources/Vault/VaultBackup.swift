internal import Crypto
internal import Files
internal import JSON

/// A copy of a data folder in one file, under a passphrase. It needs no key file: values are taken out of their seals and
/// the whole is sealed with a key that scrypt derives from the passphrase.
///
/// The file is a line `latchkey backup 1`, a line of JSON with the cost and the salt of scrypt, and what AES-256-GCM made of
/// the content; both lines are authenticated with it.
public enum VaultBackup {
    private static let title = "latchkey backup 1"
    /// Files that are of this moment alone.
    private static func isPassing(_ path: String) -> Bool { path == "running.json" || path.hasSuffix(".new") }

    /// Makes a backup of a folder.
    ///
    /// - Parameter owners: whose documents are in the folder.
    /// - Returns: the content of the file, and how many documents and other files are in it.
    public static func make(
        folder: String, keys: VaultKeys, owners: [String], passphrase: String
    ) throws(VaultError) -> (bytes: [UInt8], documents: Int, files: Int) {
        var documents: JSONObject = [:]
        for owner in owners {
            let path = Files.join(folder, owner + ".json")
            let sealing = VaultDocument.Sealing(ring: keys.ring, owner: owner) { _ in true }
            let (document, stamp) = try VaultCommit.read(path, sealing)
            if stamp != nil { documents[owner] = try document.plain() }
        }
        let others = try otherFiles(folder, owners: owners)
        let content: JSON = ["version": 1, "documents": .object(documents), "files": .object(others)]
        do throws(Crypto.Failure) {
            let salt = try Crypto.randomToken(bytes: 16)
            let head = Head(cost: .recommended, salt: salt)
            let sealed = try Crypto.seal(content.encoded(), key: try head.key(passphrase), context: head.bytes)
            return (head.bytes + sealed, documents.members.count, others.members.count)
        } catch {
            throw .notWritten("\(error)")
        }
    }

    /// The other files of the folder: sign-in, keys of apps, history. Links are none of them.
    private static func otherFiles(_ folder: String, owners: [String]) throws(VaultError) -> JSONObject {
        do throws(FileError) {
            var files: JSONObject = [:]
            for path in try Files.ownFiles(below: folder)
            where !isPassing(path) && !owners.contains(where: { path == $0 + ".json" }) {
                files[path] = .string(Base64.encode(try Files.read(Files.join(folder, path), limit: 1 << 30)))
            }
            return files
        } catch {
            throw .unreadable("\(error)")
        }
    }

    /// What a backup holds, opened.
    public struct Content: Sendable {
        fileprivate let documents: JSONObject
        fileprivate let files: [(path: String, bytes: [UInt8])]

        /// How many documents and other files are in it.
        public var counts: (documents: Int, files: Int) { (documents.members.count, files.count) }
    }

    /// Opens a backup. Takes a good part of a second.
    public static func open(_ bytes: [UInt8], passphrase: String) throws(VaultError) -> Content {
        guard let head = Head(bytes) else { throw .unreadable("this is no backup of Latchkey") }
        let json: JSON
        do {
            let sealed = Array(bytes.dropFirst(head.bytes.count))
            json = try JSON.parse(
                try Crypto.open(sealed, key: try head.key(passphrase), context: head.bytes), file: "backup")
        } catch {
            throw .unreadable("the passphrase is wrong, or the backup is damaged")
        }
        guard json["version"]?.intValue == 1, let documents = json["documents"]?.objectValue,
            documents.keys.allSatisfy(VaultName.isValid)
        else { throw .unreadable("the backup is of another version of Latchkey") }
        var files: [(path: String, bytes: [UInt8])] = []
        for (path, value) in json["files"]?.objectValue?.members ?? [] {
            let isInside = !path.hasPrefix("/") && !path.split(separator: "/").contains("..")
            guard isInside, let bytes = value.stringValue.flatMap(Base64.decode) else {
                throw .unreadable("the backup has a file '\(path.prefix(80))' that is not valid")
            }
            files.append((path, bytes))
        }
        return Content(documents: documents, files: files)
    }

    /// Puts what a backup holds into a folder; values are sealed with the current key. The documents come last, each in
    /// one step.
    ///
    /// - Parameter isSecret: as for `FileVault`.
    public static func restore(
        _ content: Content, folder: String, keys: VaultKeys, isSecret: @escaping FileVault.SecretRule
    ) throws(VaultError) {
        for (path, _) in content.files { try refuseLink(above: path, in: folder) }
        do throws(FileError) {
            try Files.makeFolder(folder, mode: 0o700)
            for (path, bytes) in content.files {
                let target = Files.join(folder, path)
                try Files.makeFolder(Files.parent(of: target), mode: 0o700)
                try Files.writeDurably(bytes, to: target)
            }
        } catch {
            throw .notWritten("\(error)")
        }
        for (owner, json) in content.documents.members {
            let path = Files.join(folder, owner + ".json")
            let sealing = VaultDocument.Sealing(ring: keys.ring, owner: owner, isSecret: isSecret)
            let document = try VaultDocument(json.encoded(), file: "backup of \(owner)", sealing: sealing)
            do throws(FileError) {
                try Files.writeDurably(document.encoded, to: path)
            } catch {
                throw .notWritten("\(error)")
            }
        }
    }

    /// SECURITY: a link among the folders of a file would have it written somewhere else. The data folder itself may be
    /// one, and so may what lies above it.
    private static func refuseLink(above path: String, in folder: String) throws(VaultError) {
        var here = folder
        for step in path.split(separator: "/").dropLast() {
            here = Files.join(here, String(step))
            if Files.isLink(here) {
                throw .notWritten("'\(here)' is a symbolic link: put a folder in its place, then restore again")
            }
        }
    }

    /// The two lines before the sealed content.
    private struct Head {
        let cost: Crypto.ScryptCost
        let salt: String
        let bytes: [UInt8]

        init(cost: Crypto.ScryptCost, salt: String) {
            self.cost = cost
            self.salt = salt
            let line: JSON = [
                "kdf": "scrypt", "cost": .int(cost.cost), "block_size": .int(cost.blockSize),
                "parallelism": .int(cost.parallelism), "salt": .string(salt),
            ]
            bytes = Array("\(title)\n".utf8) + line.encoded() + Array("\n".utf8)
        }

        init?(_ file: [UInt8]) {
            let lines = file.prefix(1024).split(
                separator: UInt8(ascii: "\n"), maxSplits: 2, omittingEmptySubsequences: false)
            guard lines.count == 3, lines[0].elementsEqual(title.utf8), let json = try? JSON.parse(Array(lines[1])),
                let cost = json["cost"]?.intValue, let block = json["block_size"]?.intValue,
                let parallelism = json["parallelism"]?.intValue, let salt = json["salt"]?.stringValue
            else { return nil }
            self.cost = Crypto.ScryptCost(cost: cost, blockSize: block, parallelism: parallelism)
            self.salt = salt
            bytes = Array(file.prefix(lines[0].count + lines[1].count + 2))
        }

        func key(_ passphrase: String) throws(Crypto.Failure) -> [UInt8] {
            try Crypto.scrypt(passphrase, salt: Array(salt.utf8), cost)
        }
    }
}
