/// How visitors are known.
public enum Door: Sendable {
    /// Whoever reaches the port is the owner.
    case open
    /// A listed reverse proxy has signed people in, and says in a field of each request who it is.
    ///
    /// - Parameters:
    ///   - header: the name of that field, such as `Remote-User`.
    ///   - administrators: the names of those who may do what concerns everybody.
    case proxy(header: String, administrators: [String])
    /// People sign in here.
    case signIn(SignIn)

    /// Who stands at the door.
    var doorkeeper: any Doorkeeper {
        switch self {
        case .open: OpenDoor()
        case .proxy(let header, let administrators): ProxyDoor(header: header, administrators: administrators)
        case .signIn(let signIn): signIn
        }
    }

    /// Where people sign in here: what keeps their sessions.
    public var signIn: SignIn? { if case .signIn(let signIn) = self { signIn } else { nil } }

    var isOpen: Bool { if case .open = self { true } else { false } }
}
