internal import Providers
internal import Vault

/// Browsers that come back from the page of an approval.
extension FlowEngine {
    /// Lets a browser come back to a sign-in that goes on.
    ///
    /// - Parameters:
    ///   - cookies: what the browser holds already.
    ///   - value: the value of its new cookie, unless it holds one for this sign-in.
    /// - Returns: its cookie.
    func bind(_ flow: PollingFlow, _ key: Key, _ cookies: FlowCookies, _ value: String) async -> FlowCookie {
        let held = cookies.value(key.provider, state: flow.state)
        let fresh = FlowCookie(key.provider, state: flow.state, value: value)
        guard live[key]?.flow.state == flow.state else { return fresh }
        if live.returns(key).knows(held) { return FlowCookie(key.provider, state: flow.state, value: held) }
        guard !live.returns(key).knows(value) else { return fresh }
        live.bind(FlowCookies.binding(value), key)
        if let json = live.json(key) {
            // Without this the browser is not known after a restart; the sign-in goes on all the same.
            _ = try? await parts.apply([.set(key.provider, "_pending_device", to: json)], key.id)
        }
        return fresh
    }
}
