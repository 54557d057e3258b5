internal import HTTP
internal import Vault

/// Who makes a request.
public struct Visitor: Sendable, Equatable {
    /// Whose document of the vault it is.
    public var owner: String
    /// What the page shows of them.
    public var name: String
    /// Whether they may do what concerns everybody.
    public var isAdministrator: Bool

    /// A visitor.
    public init(owner: String, name: String, isAdministrator: Bool) {
        self.owner = owner
        self.name = name
        self.isAdministrator = isAdministrator
    }

    /// The one person whose installation this is.
    public static let owner = Visitor(owner: VaultName.default, name: "", isAdministrator: true)
}

/// Who may call an endpoint.
enum Access: Sendable {
    /// Whoever reaches the port.
    case everyone
    case signedIn
    /// Whoever presents an API key. The endpoint itself looks at it.
    case app
}

/// How visitors are known.
protocol Doorkeeper: Sendable {
    /// Who makes the request; nil when they have not signed in.
    func visitor(of request: Request) async throws(Problem) -> Visitor?
    /// Whether whose document this is may still enter, as far as is known without a request of theirs.
    func admits(owner: String) -> Bool
}

extension Doorkeeper {
    func admits(owner: String) -> Bool { true }
}

/// Without sign-in whoever reaches the port is the owner.
struct OpenDoor: Doorkeeper {
    func visitor(of request: Request) -> Visitor? { .owner }
}
