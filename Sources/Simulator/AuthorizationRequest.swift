internal import Crypto

/// The request of a browser at an authorization endpoint (RFC 6749 section 4.1.1, RFC 7636 section 4.3).
struct AuthorizationRequest: Sendable {
    let clientID: String
    let redirectURI: String
    let state: String?
    let challenge: String?
    let scope: String

    /// Why an authorization request is refused.
    enum Refusal: Error, Equatable {
        /// Shown to the person, because the browser must not be sent to an address that is not trusted.
        case page(String)
        /// Sent to the client by its redirect URI (RFC 6749 section 4.1.2.1).
        case redirect(error: String, description: String)
    }

    /// The proof key that a provider knows (RFC 7636).
    enum ProofKey: Sendable {
        case s256, plain
        /// What is sent is not looked at.
        case none
    }

    /// Reads a request and checks everything that does not depend on the person.
    static func read(
        _ call: Call, behaviour: Behaviour, requiresPKCE: Bool, proof: ProofKey = .s256, scope: String
    ) -> Result<AuthorizationRequest, Refusal> {
        var challenge = proof == .none ? nil : call.query("code_challenge")
        // As S256 would have made it: so all codes are checked in one way.
        if proof == .plain { challenge = challenge.map { Base64URL.encode(Crypto.sha256($0.utf8)) } }
        let request = AuthorizationRequest(
            clientID: call.query("client_id") ?? "", redirectURI: call.query("redirect_uri") ?? "",
            state: call.query("state"), challenge: challenge, scope: scope)
        if let refusal = request.refusal(call, behaviour, requiresPKCE, proof) { return .failure(refusal) }
        return .success(request)
    }

    private func refusal(_ call: Call, _ behaviour: Behaviour, _ requiresPKCE: Bool, _ proof: ProofKey) -> Refusal? {
        if !behaviour.knows(client: clientID) { return .page("No application has this client id.") }
        let registered = behaviour.redirectURIs
        if redirectURI.isEmpty || !registered.isEmpty && !registered.contains(redirectURI) {
            return .page("The redirect URI is not one that the application has registered.")
        }
        if call.query("response_type") != "code" {
            return .redirect(error: "unsupported_response_type", description: "response_type must be code")
        }
        if let challenge {
            let method = proof == .plain ? "plain" : "S256"
            if call.query("code_challenge_method") != method || challenge.utf8.count != 43 {
                return .redirect(error: "invalid_request", description: "code_challenge_method must be \(method)")
            }
        } else if requiresPKCE {
            return .redirect(error: "invalid_request", description: "code_challenge is missing")
        }
        return nil
    }
}
