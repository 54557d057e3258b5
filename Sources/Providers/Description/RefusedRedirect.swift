/// Redirect addresses that a provider does not take, whatever is registered there.
struct RefusedRedirect: Sendable, Equatable {
    /// The hosts of those addresses.
    let hosts: [String]
    let message: String
    let hint: String?
}

extension Provider {
    /// Why the provider would refuse a redirect address; nil when it takes it.
    public func redirectProblem(_ address: String) -> FlowProblem? {
        guard let refused = refusedRedirect, let host = WebAddress(address)?.host, refused.hosts.contains(host) else {
            return nil
        }
        return FlowProblem(code: "redirect_refused", message: refused.message, hint: refused.hint ?? "")
    }
}
