import HTTP

extension Serve {
    static let trustedProxy = Option(
        name: "trusted-proxy", value: "CIDR", isRepeatable: true,
        help: "a reverse proxy whose forwarded headers count: 127.0.0.1, 10.0.0.0/8, fd00::/8, or unix (none)")

    /// The reverse proxies that were listed.
    ///
    /// SECURITY: a list of everybody is a list of strangers, each of whom could say who they are.
    static func proxies(_ settings: Settings) throws(Failure) -> TrustedProxies {
        var proxies = TrustedProxies()
        for text in settings.all(trustedProxy) {
            if text == "unix" {
                proxies.unixSockets = true
                continue
            }
            do throws(AddressRange.Problem) {
                proxies.ranges.append(try AddressRange(text))
            } catch {
                throw .usage("--trusted-proxy: \(error)")
            }
            if proxies.ranges.contains(where: \.isEverything) {
                throw .usage("--trusted-proxy \(text) is every address; list where your proxies connect from")
            }
        }
        return proxies
    }
}
