internal import JSON
internal import Vault

/// A change on its way to one address.
struct WebhookPost: Sendable, Equatable {
    /// What the receiver knows it by: a post that is repeated has the same.
    let id: String
    let change: AccountChange
    /// The digest of the address.
    let target: String
    var failures = 0
    /// Since when it waits, by the engine's clock.
    var bornAt: Double
    /// When it is tried next, by the engine's clock.
    var dueAt: Double

    /// Posts of one lane are delivered one after another.
    struct Lane: Hashable {
        let target: String
        let id: AccountID
    }

    var lane: Lane { Lane(target: target, id: change.key.id) }

    /// Tells a post from others, also of the same change.
    var name: String { "\(target) \(id)" }

    init(id: String, change: AccountChange, target: String, failures: Int = 0, bornAt: Double, dueAt: Double) {
        (self.id, self.change, self.target) = (id, change, target)
        (self.failures, self.bornAt, self.dueAt) = (failures, bornAt, dueAt)
    }

    /// What is posted. There is no token in it.
    var body: [UInt8] { JSON.object(members).encoded() }

    private var members: JSONObject {
        var object: JSONObject = [
            "id": .string(id), "event": .string(change.kind.rawValue), "provider": .string(change.provider),
            "account": .string(change.account),
        ]
        if change.owner != VaultName.default { object["owner"] = .string(change.owner) }
        object["at"] = .seconds(change.at)
        return object
    }

    // MARK: In the file

    var json: JSON {
        var object = members
        object["target"] = .string(target)
        object["failures"] = .int(failures)
        object["born"] = .seconds(bornAt)
        object["due"] = .seconds(dueAt)
        return .object(object)
    }

    /// From the file; nil when that is none.
    init?(_ json: JSON) {
        guard let id = json["id"]?.stringValue,
            let kind = AccountChange.Kind(rawValue: json["event"]?.stringValue ?? ""),
            let provider = json["provider"]?.stringValue, let account = json["account"]?.stringValue,
            let at = json["at"]?.doubleValue, let target = json["target"]?.stringValue
        else { return nil }
        let whose = AccountID(owner: json["owner"]?.stringValue ?? VaultName.default, account: account)
        self.init(
            id: id, change: AccountChange(kind, FlowEngine.Key(provider: provider, id: whose), at: at), target: target,
            failures: max(0, json["failures"]?.intValue ?? 0), bornAt: json["born"]?.doubleValue ?? at,
            dueAt: json["due"]?.doubleValue ?? 0)
    }
}
