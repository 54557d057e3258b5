internal import HTTP

/// Requests by GET that change something. NowPlaying has such names, and people have written them into scripts.
extension OriginGuard {
    /// Lets one through only where no other site can make a browser send it.
    ///
    /// SECURITY: a page of any site can make a browser send a GET with the cookies of ours, and a proxy in front may add
    /// to it who somebody is. So it is taken without sign-in alone, from this machine to a name of this machine: there
    /// browsers say by which site a request was made (W3C Fetch Metadata), and what says nothing is no browser.
    func checkRead(_ request: Request, isOpen: Bool) throws(Problem) {
        guard request.method == "GET", !request.isPrefetch, isOpen, Self.isLocal(request), isOwn(request) else {
            var problem = Problem(
                405, "not_by_get", "'\(request.path)' changes something, so it is not done by \(request.method) here.",
                hint: "Use POST. GET is for programs on this machine, where nobody has to sign in.")
            problem.allow = "POST"
            throw problem
        }
    }

    private static func isLocal(_ request: Request) -> Bool {
        guard !request.sender.isThroughProxy, request.peer == "unix" || isLoopback(request.peer) else { return false }
        let host = (request.headers["Host"] ?? "").lowercased()
        if host.hasPrefix("[") { return host.hasPrefix("[::1]") }
        let name = String(host.prefix { $0 != ":" })
        return name == "localhost" || isLoopback(name)
    }

    private static func isLoopback(_ address: String) -> Bool { ClientAddress(address)?.isLoopback == true }

    /// Whether no other site has made the request, as far as it tells.
    private func isOwn(_ request: Request) -> Bool {
        let sites = request.headers.values(of: "Sec-Fetch-Site")
        guard sites.allSatisfy({ ["none", "same-origin"].contains($0) }) else { return false }
        let pages = request.headers.values(of: "Origin") + request.headers.values(of: "Referer")
        return pages.allSatisfy { Self.origin(of: $0).map(origins.contains) == true }
    }
}
