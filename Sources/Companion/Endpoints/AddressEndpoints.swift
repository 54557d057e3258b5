internal import HTTP
internal import JSON
internal import Synchronization

/// Whether the public address leads here.
extension Companion {
    /// Where a provider sends the browser back to: what is registered there, byte for byte.
    public static func redirectAddress(_ provider: String, publicURL: String) -> String {
        "\(publicURL)\(provider)/oauth-callback/"
    }

    /// A request of our own that has come through whatever stands in front.
    func echoAddress(_ call: Endpoint.Call) async throws(Problem) -> Response {
        try addresses.probe.answer(call.request)
    }

    /// Tries the public address, and says what is wrong with it. `?page=` is where the page was opened.
    func checkAddress(_ call: Endpoint.Call) async throws(Problem) -> Response {
        let page = call.request.queryItems.first { $0.name == "page" }?.value
        if let page {
            guard page.utf8.count <= 2048, OriginGuard.origin(of: page) != nil, page.hasSuffix("/"),
                page.utf8.allSatisfy({ 0x21...0x7E ~= $0 })
            else { throw Problem(422, "bad_page", "'page' should be the address of a page, with a slash at its end.") }
        }
        try addresses.take(at: parts.clock.now)
        let outcome = await addresses.probe.run(parts.publicURL, parts.transport.client)
        let findings = AddressFinding.all(publicURL: parts.publicURL, page: page, outcome: outcome)
        return .json(
            200,
            [
                "ok": true, "public_url": .string(parts.publicURL),
                "findings": .array(
                    findings.map {
                        ["level": .string($0.level.rawValue), "message": .string($0.message), "hint": .string($0.hint)]
                    }),
            ])
    }
}

/// The checks of the public address.
final class AddressChecks: Sendable {
    let probe: AddressProbe
    private let bucket: Mutex<TokenBucket>

    init(_ probe: AddressProbe, at now: Double) {
        self.probe = probe
        bucket = Mutex(TokenBucket(burst: 20, at: now))
    }

    /// Each check is a request to ourselves: there may be twenty a minute.
    func take(at now: Double) throws(Problem) {
        let wait = bucket.withLock { $0.take(at: now) ? 0 : $0.wait(at: now) }
        guard wait > 0 else { return }
        throw Problem(429, "too_many", "The address was checked too often.", hint: "Try again in a moment.")
            .retrying(after: wait)
    }
}
