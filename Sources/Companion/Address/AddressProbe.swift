public import Crypto
public import HTTP
internal import JSON

/// Sends a request to the public address, through whatever stands in front, and looks whether it arrives at the server
/// that holds the same key.
///
/// SECURITY: nothing but the configured address is asked. The request proves that its sender has the key, and the answer
/// that the server has it; neither tells the key, and both are good for one random number.
public struct AddressProbe: Sendable {
    /// What the server saw of the request.
    public struct Seen: Equatable, Sendable {
        /// The scheme that a listed proxy told: `http` or `https`.
        public var scheme: String?
        /// The other end of the connection.
        public var peer: String
        /// Whether that is a listed proxy.
        public var isThroughProxy: Bool
        /// Whether the request has fields that proxies add.
        public var isForwarded: Bool

        /// What was seen.
        public init(scheme: String?, peer: String, isThroughProxy: Bool, isForwarded: Bool) {
            self.scheme = scheme
            self.peer = peer
            self.isThroughProxy = isThroughProxy
            self.isForwarded = isForwarded
        }
    }

    /// How the request ended.
    public enum Outcome: Equatable, Sendable {
        /// It arrived.
        case here(Seen)
        /// A server answered that holds another key.
        case another
        /// Something answered that is no Latchkey, with this status.
        case other(status: Int)
        /// A Latchkey answered that knows nothing of this path.
        case astray
        /// The answer leads elsewhere.
        case redirected(to: String)
        /// Plain http beyond this machine is not asked.
        case notSent
        /// Nothing answered; half a sentence says why.
        case failed(String)
    }

    /// For whoever may read the data folder.
    public let key: String

    /// A probe with the key of a server.
    public init(key: String) { self.key = key }

    /// A probe with a new key.
    public static func new() throws(Crypto.Failure) -> AddressProbe {
        AddressProbe(key: try Crypto.randomToken(bytes: 32))
    }

    /// Where the request goes below the public address.
    static let path = "api/address/echo"

    /// Asks the public address.
    public func run(_ publicURL: String, _ client: Client) async -> Outcome {
        guard let random = try? Crypto.randomBytes(16) else { return .failed("there are no random numbers") }
        let nonce = Hex.encode(random)
        let url = "\(publicURL)\(Self.path)?nonce=\(nonce)&proof=\(proof("ask", nonce))"
        let response: ClientResponse
        do throws(ClientError) {
            response = try await client.send(
                ClientRequest(
                    url: url, headers: ["Accept": "application/json"], timeout: .seconds(15), maximumBytes: 65_536))
        } catch .insecureURL {
            return .notSent
        } catch {
            return .failed("\(error)")
        }
        return outcome(response, nonce)
    }

    private func outcome(_ response: ClientResponse, _ nonce: String) -> Outcome {
        if 300..<400 ~= response.status { return .redirected(to: response.headers["Location"] ?? "") }
        let json = (try? JSON.parse(response.body)) ?? .null
        if response.status == 200, let given = json["proof"]?.stringValue, let peer = json["peer"]?.stringValue,
            Crypto.equalInConstantTime(Array(given.utf8), Array(proof("answer", nonce).utf8))
        {
            return .here(
                Seen(
                    scheme: json["scheme"]?.stringValue, peer: peer,
                    isThroughProxy: json["is_through_proxy"]?.boolValue ?? false,
                    isForwarded: json["is_forwarded"]?.boolValue ?? false))
        }
        if json["error"] == "not_this_server" { return .another }
        let text = String(decoding: response.body.prefix(100), as: UTF8.self)
        let isOurs = json["error"] == "not_found" || text.hasPrefix("There is nothing at this address.")
        return response.status == 404 && isOurs ? .astray : .other(status: response.status)
    }

    /// Answers a request that arrived.
    func answer(_ request: Request) throws(Problem) -> Response {
        func item(_ name: String) -> String { request.queryItems.first { $0.name == name }?.value ?? "" }
        let nonce = item("nonce")
        guard nonce.utf8.count == 32,
            Crypto.equalInConstantTime(Array(item("proof").utf8), Array(proof("ask", nonce).utf8))
        else { throw Problem(404, "not_this_server", "This is not the server that was meant.") }
        let forwarding = ["Forwarded", "X-Forwarded-For", "X-Forwarded-Proto", "X-Forwarded-Host", "X-Real-IP", "Via"]
        return .json(
            200,
            [
                "ok": true, "proof": .string(proof("answer", nonce)), "peer": .string(request.peer),
                "scheme": request.sender.scheme.map(JSON.string) ?? .null,
                "is_through_proxy": .bool(request.sender.isThroughProxy),
                "is_forwarded": .bool(forwarding.contains { request.headers[$0] != nil }),
            ])
    }

    private func proof(_ word: String, _ nonce: String) -> String {
        Hex.encode(Crypto.hmac(Array("\(word) \(nonce)".utf8), key: Array(key.utf8)))
    }
}
