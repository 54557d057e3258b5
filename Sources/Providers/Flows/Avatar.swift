/// The picture of an account, as a pure value.
public enum Avatar {
    /// The most bytes that a picture may have.
    public static let longest = 1 << 18

    /// The types that pictures may have. SECURITY: SVG is none of them: it can hold scripts.
    public static let types: Set<String> = ["image/png", "image/jpeg", "image/webp", "image/gif", "image/avif"]

    /// The request for a picture, without the token; nil when its address is no longer at one of the provider's hosts.
    public static func request(_ address: String, in context: FlowContext) -> OutgoingRequest? {
        // SECURITY: the address was stored; the person's server may be another one by now.
        guard context.isPage(address) else { return nil }
        return OutgoingRequest(
            method: "GET", url: address, headers: [Parameter("Accept", types.sorted().joined(separator: ", "))],
            instance: context.isOwnServer(address) ? Instance.trust(context.values) : nil)
    }

    /// The type and the bytes of a picture; nil when the answer is none.
    public static func picture(in exchange: Exchange) -> (type: String, bytes: [UInt8])? {
        guard case .response(let response) = exchange, response.status == 200, !response.body.isEmpty,
            let type = response.header("Content-Type")?.lowercased().split(separator: ";").first.map(String.init),
            types.contains(type)
        else { return nil }
        return (type, response.body)
    }
}
