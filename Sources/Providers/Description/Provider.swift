/// A provider as its description file gives it. `Catalogue` makes these; nothing else does.
public struct Provider: Sendable, Equatable {
    /// The name of the file, which is also the first part of config keys, routes and element ids: `trakt`.
    public let name: String
    /// The name for people: `Trakt`.
    public let label: String
    /// The brand colour: `#ed1c24`.
    public let color: String
    /// Which providers stand together: `trackers`.
    public let group: String
    /// The logo's path under `Static/`, if there is one.
    public let logo: String?
    /// A short help for the card, if there is one.
    public let notes: String?
    /// What people should know before they begin, if there is something.
    public let warning: String?
    /// The day on which the provider ends what this description uses (`2027-03-31`), if it is known.
    public let sunset: String?
    /// Where an app is registered, if it has to be.
    public let console: String?
    /// The provider's documentation.
    public let docs: String?
    /// Where a person can end the link at the provider.
    public let revokePage: String?
    /// The fields that people fill in, in order.
    public let fields: [Field]
    /// The values that are made once for each account.
    public let generated: [GeneratedValue]
    /// The fixed out-of-band redirect URI of methods without a callback, if the provider uses one.
    public let oob: String?
    /// The ways to sign in; the first one is the default.
    public let methods: [SignInMethod]
    /// The named hosts, with the replacements that apply.
    public internal(set) var hosts: [Host]
    /// The hosts as described; links that a provider sends may still lead there when a host is replaced.
    let describedHosts: [Host]
    let headers: [Entry]
    let query: [Entry]
    let lifecycle: Lifecycle
    let history: [HistoryKind: HistoryCall]
    /// How the server's addresses are found, if it says them itself.
    public let discovery: Discovery?
    /// What makes it a server of the person's own, if it is one.
    public var instance: Instance?
    /// The redirect addresses that it does not take, if there are such.
    var refusedRedirect: RefusedRedirect?

    /// The method with this id, or the first one when `id` is `nil`.
    public func method(_ id: String?) -> SignInMethod? {
        guard let id else { return methods.first }
        return methods.first { $0.id == id }
    }

    /// The fields that are filled in for each sign-in by this method, and forgotten then.
    public func enteredOnce(_ method: SignInMethod) -> [Field] {
        let used = Set(method.needs + ([method.check].compactMap(\.self) + method.then).flatMap(\.request.names))
        return fields.filter { !$0.isKept && used.contains($0.key) }
    }

    /// The methods for which a kept field is filled in: those that need it, or else those that sign an app in. What hardly
    /// anybody needs belongs to all.
    public func methods(for field: Field) -> [SignInMethod] {
        let needing = methods.filter { $0.needs.contains(field.key) }
        guard needing.isEmpty, !field.isAdvanced else { return needing.isEmpty ? methods : needing }
        let ofApps = methods.filter { $0.kind != .key }
        return ofApps.isEmpty ? methods : ofApps
    }

    /// The fields whose values are stored.
    public var keptFields: [Field] { fields.filter(\.isKept) }

    /// Whether the account can sign in by some method: every value that the method needs is there.
    public func isConfigured(_ values: [String: String]) -> Bool {
        let kept = Set(keptFields.map(\.key))
        return methods.contains { $0.missing(in: values).allSatisfy { !kept.contains($0) } }
    }

    /// Whether tokens of this method can be refreshed at all.
    public func canRefresh(_ method: SignInMethod) -> Bool { refresh(for: method) != nil }

    /// Whether the provider can say whose account it is.
    public func canIdentify(_ method: SignInMethod) -> Bool { identity(for: method) != nil }

    /// Whether what was entered can be kept although it could not be checked: it is the token, and is looked at later.
    public func canBeUnchecked(_ method: SignInMethod) -> Bool { method.credential != nil && canIdentify(method) }

    func refresh(for method: SignInMethod) -> Call? { method.lifecycle.refresh.or(lifecycle.refresh) }
    func revoke(for method: SignInMethod) -> Call? { method.lifecycle.revoke.or(lifecycle.revoke) }
    func identity(for method: SignInMethod) -> Call? { method.lifecycle.identity.or(lifecycle.identity) }

    /// The requests after a refresh: those after the sign-in, where the description says so.
    func refreshSteps(for method: SignInMethod) -> [Call] {
        let repeats =
            if case .unsaid = method.lifecycle.refresh { lifecycle.refreshRepeats } else {
                method.lifecycle.refreshRepeats
            }
        return repeats ? method.then : []
    }

    /// Where pictures of accounts are, where the answer to the identity request does not say it.
    func avatar(for method: SignInMethod) -> Link? {
        if case .unsaid = method.lifecycle.identity { lifecycle.avatar } else { method.lifecycle.avatar }
    }

    /// How apps send the token: `Authorization: Bearer …` unless described otherwise.
    func placement(for method: SignInMethod) -> Placement {
        method.lifecycle.token.or(lifecycle.token) ?? .bearer
    }
}

/// A host that is named once, so that it can be replaced: `trakt.auth`.
public struct Host: Sendable, Equatable {
    /// The name within the provider: `auth`.
    public let name: String
    /// The base URL without a final slash: `https://auth.trakt.tv`.
    public internal(set) var url: String
}

/// A field that a person fills in. Its value is stored under `<provider>.<key>`.
public struct Field: Sendable, Equatable {
    /// How it is shown and checked.
    public enum Kind: String, Sendable, Equatable, CaseIterable {
        /// One line of text.
        case text
        /// A secret: shown masked, stored as one.
        case password
        /// The address of the person's own server: https, or http to this machine or a private network.
        case url
        /// One of the options.
        case select
    }

    /// The key within the provider: `client_id`.
    public let key: String
    /// The name for people: `Client ID`.
    public let label: String
    /// How it is shown and checked.
    public let kind: Kind
    /// Whether signing in needs it.
    public let isRequired: Bool
    /// A short help, if there is one.
    public let hint: String?
    /// A regular expression for the whole value, if there is one.
    public let pattern: String?
    /// What to say when the value does not match it.
    public let patternHelp: String?
    /// The values to choose from, for `select`.
    public let options: [String]
    /// What is used when nothing is entered.
    public let defaultValue: String?
    /// Whether it is stored. What is not comes with the request that uses it, and is forgotten then.
    public var isKept = true
    /// Whether an empty value is a value, too.
    public var mayBeEmpty = false
    /// What people read in the place of options that are words for machines.
    public var optionLabels: [String: String] = [:]
    /// Whether hardly anybody needs it, so that it stays out of the way.
    public var isAdvanced = false

    /// Whether the value is a secret.
    public var isSecret: Bool { kind == .password }
}

/// A value made once for each account and kept, under `<provider>.<key>`.
public struct GeneratedValue: Sendable, Equatable {
    /// How it is made.
    public enum Kind: String, Sendable, Equatable, CaseIterable {
        /// A random UUID (version 4).
        case uuid
        /// 256 random bits as base64url.
        case token
    }

    /// The key within the provider: `client_identifier`.
    public let key: String
    /// How it is made.
    public let kind: Kind
}

/// What happens after the sign-in. A method may override what its provider says.
struct Lifecycle: Sendable, Equatable {
    /// A part of the lifecycle: not mentioned, switched off, or described.
    enum Part<Value: Sendable & Equatable>: Sendable, Equatable {
        case unsaid
        case off
        case on(Value)

        /// This part, else the other one.
        func or(_ other: Part) -> Value? {
            switch self {
            case .on(let value): value
            case .off: nil
            case .unsaid: if case .on(let value) = other { value } else { nil }
            }
        }
    }

    var refresh: Part<Call> = .unsaid
    /// Whether the requests after the sign-in are sent again after a refresh.
    var refreshRepeats = false
    var revoke: Part<Call> = .unsaid
    var identity: Part<Call> = .unsaid
    /// Where the picture of the account is.
    var avatar: Link?
    var token: Part<Placement> = .unsaid
}

/// Where apps put the token.
struct Placement: Sendable, Equatable {
    let headers: [Entry]
    let query: [Entry]
    var basic: RequestTemplate.Basic?

    static let bearer = Placement(
        headers: [Entry("Authorization", Template(parts: [.text("Bearer "), .value("access_token")]))], query: [])
}
