extension Provider {
    /// The secret fields that are kept and whose values belong to another server than the one that is named after a change.
    ///
    /// SECURITY: a secret may be sent to all addresses that were entered beside it. One at another origin, by which somebody
    /// could have it sent to themselves, takes it away, and so does leaving no address: else two changes would do what one
    /// must not. As long as there was no address, it belongs to nobody yet.
    ///
    /// - Parameters:
    ///   - before: the values by the keys of their fields, with the defaults of the description.
    ///   - after: the values after the change.
    public func secretsOfOthers(before: [String: String], after: [String: String]) -> [String] {
        let former = servers(before)
        let now = servers(after)
        if former.isEmpty { return [] }
        let isSame = !now.isEmpty && now.allSatisfy { url in former.contains { Self.isSameOrigin(url, $0) } }
        return isSame ? [] : keptFields.filter(\.isSecret).map(\.key)
    }

    private func servers(_ values: [String: String]) -> [String] {
        let names = serverNames
        return fields.filter { $0.kind == .url && names.contains($0.key) }.compactMap { values[$0.key] }
            .filter { !$0.isEmpty }
    }

    /// The names of the addresses to which secrets are sent: not those of pages, nor those that are shown nothing but a token
    /// which the provider has given.
    private var serverNames: Set<String> {
        var names = [instance?.field, discovery?.issuer].compactMap(\.self)
        for method in methods {
            let steps = [method.start, method.poll, method.exchange, method.check].compactMap(\.self) + method.then
            names += steps.flatMap(\.request.link.names)
        }
        // A credential is a secret and the token in one.
        let isShown = methods.contains { $0.credential != nil }
        for lifecycle in [lifecycle] + methods.map(\.lifecycle) {
            let parts = [lifecycle.refresh, lifecycle.revoke] + (isShown ? [lifecycle.identity] : [])
            names += parts.compactMap { $0.or(.unsaid) }.flatMap(\.request.link.names)
        }
        if isShown { names += history.values.flatMap(\.call.request.link.names) }
        return Set(names)
    }

    private static func isSameOrigin(_ one: String, _ other: String) -> Bool {
        guard let one = WebAddress(one), let other = WebAddress(other) else { return one == other }
        return one.hasSameOrigin(as: other)
    }
}
