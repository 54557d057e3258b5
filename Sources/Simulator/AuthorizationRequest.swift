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

    /// Reads a request and checks everything that does not depend on the person.
    static func read(_ call: Call, behaviour: Behaviour, requiresPKCE: Bool, scope: String)
        -> Result<AuthorizationRequest, Refusal>
    {
        let request = AuthorizationRequest(
            clientID: call.query("client_id") ?? "", redirectURI: call.query("redirect_uri") ?? "",
            state: call.query("state"), challenge: call.query("code_challenge"), scope: scope)
        if let refusal = request.refusal(call, behaviour, requiresPKCE) { return .failure(refusal) }
        return .success(request)
    }

    private func refusal(_ call: Call, _ behaviour: Behaviour, _ requiresPKCE: Bool) -> Refusal? {
        if !behaviour.knows(client: clientID) { return .page("No application has this client id.") }
        let registered = behaviour.redirectURIs
        if redirectURI.isEmpty || !registered.isEmpty && !registered.contains(redirectURI) {
            return .page("The redirect URI is not one that the application has registered.")
        }
        if call.query("response_type") != "code" {
            return .redirect(error: "unsupported_response_type", description: "response_type must be code")
        }
        if let challenge {
            if call.query("code_challenge_method") != "S256" || challenge.utf8.count != 43 {
                return .redirect(error: "invalid_request", description: "code_challenge_method must be S256")
            }
        } else if requiresPKCE {
            return .redirect(error: "invalid_request", description: "code_challenge is missing")
        }
        return nil
    }
}
