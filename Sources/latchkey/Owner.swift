import Companion
import Vault

extension Option {
    static let user = Option(
        name: "user", value: "NAME", isForOneCall: true,
        help:
            "whose accounts, where there are several people: the name that the proxy sends, the subject at the OpenID "
            + "provider, or the owner that the log tells (u-…)")
    /// What says how people are known.
    static let ownerOptions = [user, Serve.signIn, Serve.issuer]
}

extension Settings {
    /// Whose document of the vault a command is about, and the name that was given for it.
    func owner() throws(Failure) -> (owner: String, user: String?) {
        let mode = self[Serve.signIn] ?? "none"
        guard let user = self[.user] else {
            guard ["none", "password"].contains(mode) else {
                throw .usage("with --sign-in \(mode) everybody has accounts of their own: say whose with --user NAME")
            }
            return (VaultName.default, nil)
        }
        if Visitor.isOwner(user) { return (user, user == VaultName.default ? nil : user) }
        if mode == "oidc" {
            guard let issuer = self[Serve.issuer] else { throw .usage("--user needs --oidc-issuer here, too") }
            return (Visitor.owner(ofSubject: user, issuer: issuer), user)
        }
        return (Visitor.owner(ofUser: user), user)
    }
}
