import Glibc
import HTTP

extension Serve {
    static let socketMode = Option(
        name: "socket-mode", value: "MODE", help: "the permission bits of unix sockets, in octal digits (0660)")
    static let socketOwner = Option(
        name: "socket-owner", value: "USER:GROUP",
        help: "whom unix sockets belong to; either part can be left out (whoever runs latchkey)")

    /// Who may connect to unix sockets.
    static func unixSockets(_ settings: Settings) throws(Failure) -> UnixSocketAccess {
        var access = UnixSocketAccess()
        if let text = settings[socketMode] {
            guard let mode = UInt32(text, radix: 8), 3...4 ~= text.utf8.count, mode <= 0o777 else {
                throw .usage("--socket-mode '\(text)' should be an octal number such as 0660")
            }
            access.mode = mode
        }
        if let text = settings[socketOwner] {
            let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            if !parts[0].isEmpty { access.user = try id(of: parts[0], "user") { getpwnam($0)?.pointee.pw_uid } }
            if parts.count > 1, !parts[1].isEmpty {
                access.group = try id(of: parts[1], "group") { getgrnam($0)?.pointee.gr_gid }
            }
        }
        return access
    }

    private static func id(of name: String, _ kind: String, _ find: (String) -> UInt32?) throws(Failure) -> UInt32 {
        // The highest number stands for no change (chown(2)).
        if let number = UInt32(name), number != .max { return number }
        guard let found = find(name) else { throw .usage("--socket-owner: there is no \(kind) '\(name)'") }
        return found
    }

    /// The sockets that systemd has passed to this process.
    static func inheritedSockets() throws(Failure) -> [InheritedSocket] {
        do throws(ServerError) {
            return try InheritedSocket.all(environment: Environment.all)
        } catch {
            throw .environment("\(error)")
        }
    }
}
