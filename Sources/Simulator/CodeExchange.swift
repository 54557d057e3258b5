internal import Crypto

/// The exchange of an authorization code for tokens (RFC 6749 section 4.1.3, RFC 7636 section 4.6).
struct CodeExchange {
    let code: String?
    let clientID: String
    let redirectURI: String?
    let verifier: String?
    /// Whether the client has proved itself by its secret.
    let hasSecret: Bool

    /// Why it failed: the error and its description.
    struct Refusal: Error, Equatable {
        let error: String
        let description: String
    }

    /// Takes the code and checks everything about it. A code that was shown once never works again.
    func check(_ state: inout ProviderState, now: Int) -> Result<AuthorizationCode, Refusal> {
        guard let code, let grant = state.server.take(code: code) else {
            return .failure(Refusal(error: "invalid_grant", description: "the code is unknown or was used"))
        }
        if now >= grant.expiresAt { return refused("the code has expired") }
        if grant.clientID != clientID { return refused("the code was issued to another client") }
        // SECURITY: byte for byte, as RFC 6749 section 4.1.3 asks; String's == would also take other normal forms.
        guard let redirectURI, Array(redirectURI.utf8) == Array(grant.redirectURI.utf8) else {
            return refused("redirect_uri is not the one of the authorization request")
        }
        return verifierIsRight(for: grant) ? .success(grant) : refused("code_verifier does not fit code_challenge")
    }

    private func refused(_ description: String) -> Result<AuthorizationCode, Refusal> {
        .failure(Refusal(error: "invalid_grant", description: description))
    }

    private func verifierIsRight(for grant: AuthorizationCode) -> Bool {
        guard let challenge = grant.challenge else { return hasSecret }
        guard let verifier, (43...128).contains(verifier.utf8.count) else { return false }
        return Base64URL.encode(Crypto.sha256(verifier.utf8)) == challenge
    }
}
