internal import JSON
internal import Providers

/// The servers, of those that people name, to which something was entrusted: a sign-in that goes on, or the tokens that
/// one has yielded.
///
/// SECURITY: addresses can be changed at any time. What one server has given, or was told in a sign-in, goes to no other.
struct Entrusted: Sendable, Equatable {
    /// The addresses, by the keys of their fields; empty for providers whose addresses are described.
    private let addresses: [String: String]

    /// No server that somebody has named.
    init() { addresses = [:] }

    /// Those that an account's values name now.
    init(_ provider: Provider, _ values: [String: String]) {
        addresses = Self.keys(provider).reduce(into: [:]) { addresses, key in
            if let url = values[key], !url.isEmpty { addresses[key] = url }
        }
    }

    init(_ context: FlowContext) { self.init(context.provider, context.values) }

    /// Those that were stored; none when nothing was.
    init(_ json: JSON?) {
        addresses = (json?.objectValue?.members ?? []).reduce(into: [:]) { $0[$1.key] = $1.value.stringValue }
    }

    /// As it is stored; nil when there is none.
    var json: JSON? {
        if addresses.isEmpty { return nil }
        return .object(JSONObject(addresses.sorted { $0.key < $1.key }.map { ($0.key, .string($0.value)) }))
    }

    /// Whether the values still name the same servers. One that says itself where its endpoints are may say so anew.
    func isNamed(by values: [String: String], _ provider: Provider) -> Bool {
        if addresses.isEmpty { return true }
        let issuer = provider.discovery.flatMap { addresses[$0.issuer] == nil ? nil : $0.issuer }
        return (issuer.map { [$0] } ?? Self.keys(provider)).allSatisfy { (addresses[$0] ?? "") == (values[$0] ?? "") }
    }

    private static func keys(_ provider: Provider) -> [String] {
        provider.fields.filter { $0.kind == .url }.map(\.key)
    }

    /// What is said of a connection that was made with another server.
    func moved(_ provider: Provider) -> FlowProblem {
        let url = [provider.instance?.field, provider.discovery?.issuer].lazy.compactMap { $0 }
            .compactMap { addresses[$0] }.first
        let place = url.map { "at \(Encoding.excerpt($0))" } ?? "with another server"
        return FlowProblem(
            code: FlowEngine.State.reconnectNeeded.rawValue,
            message: "\(provider.label) was connected \(place), and another address is entered now.",
            hint: "Connect again, or enter the former address.")
    }

    /// What is said of a sign-in that was begun with another server.
    static func movedMeanwhile(_ provider: Provider) -> FlowProblem {
        FlowProblem(
            code: FlowStatus.invalidCode.rawValue,
            message: "The address of \(provider.label) was changed during the sign-in.", hint: "Start again.")
    }
}
