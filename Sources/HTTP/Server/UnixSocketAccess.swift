/// Who may connect to the unix sockets that a server makes: those who may write to the file.
public struct UnixSocketAccess: Sendable, Equatable {
    /// The permission bits of the file: 0660 lets its owner and its group in.
    public var mode: UInt32
    /// The number of the user whom the file belongs to; nil for the one who runs the server.
    public var user: UInt32?
    /// The number of the group that the file belongs to; nil for the one that the system gives it.
    public var group: UInt32?

    /// The user and the group of the server, unless others are named.
    public init(mode: UInt32 = 0o660, user: UInt32? = nil, group: UInt32? = nil) {
        (self.mode, self.user, self.group) = (mode, user, group)
    }
}
