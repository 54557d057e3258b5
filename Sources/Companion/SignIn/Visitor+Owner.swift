internal import Crypto
internal import JSON
internal import Vault

extension Visitor {
    /// Somebody who is known by a name that an identity provider or a proxy gives. Each name has a document of its own.
    init(userName: String, isAdministrator: Bool) {
        self.init(owner: Self.owner(ofUser: userName), name: userName, isAdministrator: isAdministrator)
    }

    /// Whose document the one of a user is: `u-` and the first 40 digits of the SHA-256 of the name, byte by byte.
    ///
    /// SECURITY: names have characters that no file name may have, and can be made to look like another's.
    public static func owner(ofUser name: String) -> String {
        "u-" + Hex.encode(Crypto.sha256(name.utf8).prefix(20))
    }

    /// Whose document the one of somebody is whom an OpenID provider knows by a subject, which never changes hands.
    public static func owner(ofSubject subject: String, issuer: String) -> String {
        owner(ofUser: "\(issuer)\n\(subject)")
    }

    /// Whether a name of a document is one that visitors can have: other files may lie beside them.
    public static func isOwner(_ name: String) -> Bool {
        if name == VaultName.default { return true }
        return name.utf8.count == 42 && name.hasPrefix("u-")
            && name.utf8.dropFirst(2).allSatisfy { (0x30...0x39).contains($0) || (0x61...0x66).contains($0) }
    }
}

extension EngineParts {
    /// Keeps the readable name of a visitor in their document, for whoever has to find it.
    func rememberName(of visitor: Visitor) async {
        if visitor.owner == VaultName.default { return }
        let id = AccountID(owner: visitor.owner, account: VaultName.default)
        guard let stored = try? await snapshot(id).document["_owner"]?.stringValue, stored == visitor.name else {
            _ = try? await apply([.set("_owner", to: .string(visitor.name))], id)
            return
        }
    }
}
