/// Why a server did not start.
public enum ServerError: Error, Equatable, Sendable, CustomStringConvertible {
    /// It cannot listen there; the second value is the system's reason.
    case cannotListen(String, String)
    /// Another program listens there.
    case addressInUse(String)
    /// A descriptor that the process was started with is no listening stream socket: its number and its name.
    case inherited(Int32, String)
    /// There is no address to listen on.
    case noAddress
    /// The base path is not one or more plain segments between slashes.
    case basePath(String)
    /// The system gave no thread or no descriptor; the value is its reason.
    case resources(String)
    /// `start` was called a second time.
    case alreadyStarted

    /// What is wrong and what to do.
    public var description: String {
        switch self {
        case .cannotListen(let address, let reason): "cannot listen on \(address): \(reason)"
        case .addressInUse(let address):
            "cannot listen on \(address): another program does. Stop it, or choose another address with --listen"
        case .inherited(let number, let name):
            "the descriptor \(number) (\(name)) that this process was given is no listening stream socket; "
                + "the socket unit should have ListenStream= and no Accept=yes"
        case .noAddress: "there is no address to listen on: give one with --listen 127.0.0.1:8787"
        case .basePath(let path):
            "the base path “\(path)” must begin and end with / and have only letters, digits, -, ., _ and ~ between"
        case .resources(let reason): "the server cannot start: \(reason)"
        case .alreadyStarted: "the server was already started"
        }
    }
}
