internal import Crypto
internal import JSON
internal import Providers
internal import Vault

/// The picture of an account: the page gets it from here, so that its browser tells nobody else where it is.
extension FlowEngine {
    /// Where the page gets the picture, relative to its base; nil when there is none. It changes with the picture.
    static func avatarPath(_ auth: JSON?, _ provider: Provider, _ id: AccountID) -> String? {
        guard let address = auth?["avatar"]?.stringValue else { return nil }
        let named = id.account == VaultName.default ? "" : "account=\(id.account)&"
        let version = Hex.encode(Crypto.sha256(Array(address.utf8)).prefix(6))
        return "api/\(provider.name)/avatar?\(named)v=\(version)"
    }

    /// The picture of an account, asked of the provider now.
    func avatar(_ provider: Provider, _ id: AccountID) async throws(Problem) -> (type: String, bytes: [UInt8]) {
        let auth = try await parts.snapshot(id).document["auth"]?[provider.name]
        guard let linked = Linked(auth), let address = auth?["avatar"]?.stringValue,
            let request = Avatar.request(address, in: try await parts.context(provider, linked.method, id))
        else { throw Self.noAvatar(provider) }
        try checkAvatarPace(provider, id)
        let transport = parts.transport
        let exchange = await probeSlots.run(at: request.origin) {
            await transport.send(request, limit: Avatar.longest)
        }
        guard let picture = Avatar.picture(in: exchange) else { throw Self.noAvatar(provider) }
        return picture
    }

    /// How many pictures of one owner may be asked for at once, and in each minute.
    static let avatars = 120

    /// A browser keeps a picture for a day; nobody else needs them often.
    private func checkAvatarPace(_ provider: Provider, _ id: AccountID) throws(Problem) {
        guard let wait = avatarPace.take(id.owner, burst: Self.avatars, at: parts.clock.now) else { return }
        throw Problem(
            429, "too_many", "Pictures of accounts were asked for too often.", hint: "Try again in a minute."
        ).retrying(after: wait)
    }

    private static func noAvatar(_ provider: Provider) -> Problem {
        Problem(404, "not_found", "\(provider.label) gives no picture of this account.")
    }
}
