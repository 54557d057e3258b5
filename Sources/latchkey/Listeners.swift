import HTTP

/// Where a server listens: addresses of its own, and sockets that systemd has passed.
struct Listeners {
    private(set) var own: [ListenAddress] = []
    private(set) var inherited: [InheritedSocket] = []

    /// All addresses.
    var addresses: [ListenAddress] { inherited.map(\.address) + own }

    /// Reads `--listen` in a process that systemd passes nothing to: which sockets it would pass is not known there.
    init(ownOf words: [String]) throws(Failure) {
        let own = words.filter { $0 != "systemd" && !$0.hasPrefix("systemd:") }
        try self.init(own, passed: [])
        if own.isEmpty, !words.isEmpty { self.own = [] }
    }

    /// Reads `--listen`. Without it, the sockets that were passed are used, and a port of this machine when none was.
    init(_ words: [String], passed: [InheritedSocket]) throws(Failure) {
        if words.isEmpty, !passed.isEmpty {
            inherited = passed
            return
        }
        for text in words.isEmpty ? ["127.0.0.1:8787"] : words {
            if text == "systemd" || text.hasPrefix("systemd:") {
                inherited += try Self.named(text, passed).filter { !inherited.contains($0) }
            } else if let address = ListenAddress.parse(text) {
                own.append(address)
            } else {
                throw .usage(
                    "'\(text)' is not an address; write 127.0.0.1:8787, [::1]:8787, unix:/run/latchkey.sock or systemd")
            }
        }
        // Nobody would ever answer on it, and those who connect would wait for ever.
        if let left = passed.first(where: { !inherited.contains($0) }) {
            throw .usage(
                "systemd has passed \(left.address), which --listen leaves out; "
                    + "add --listen systemd, or take it out of the socket unit")
        }
    }

    private static func named(_ text: String, _ passed: [InheritedSocket]) throws(Failure) -> [InheritedSocket] {
        let name = text.dropFirst("systemd:".count)
        let found = name.isEmpty ? passed : passed.filter { $0.name == name }
        if !found.isEmpty { return found }
        let names = passed.map(\.name).joined(separator: ", ")
        throw .usage(
            "--listen \(text): systemd has passed no such socket"
                + (passed.isEmpty ? "; start latchkey by a socket unit" : "; it has passed: \(names)"))
    }
}
