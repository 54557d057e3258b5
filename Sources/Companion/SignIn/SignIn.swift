/// How visitors are known.
public enum SignIn: Sendable, Equatable {
    /// Whoever reaches the port is the owner.
    case none
    /// A listed reverse proxy has signed people in, and says in a field of each request who it is.
    ///
    /// - Parameters:
    ///   - header: the name of that field, such as `Remote-User`.
    ///   - administrators: the names of those who may do what concerns everybody.
    case proxy(header: String, administrators: [String])

    /// Who stands at the door.
    var doorkeeper: any Doorkeeper {
        switch self {
        case .none: OpenDoor()
        case .proxy(let header, let administrators): ProxyDoor(header: header, administrators: administrators)
        }
    }
}
