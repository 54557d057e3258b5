/// A sign-in method while it is read.
struct MethodDraft {
    let id: String
    let kind: SignInMethod.Kind
    let label: String
    let button: String
    let needs: [String]
    let scope: ScopeRequest?
    let proofKey: SignInMethod.ProofKey
    var start: Call?
    var verification: Link?
    var verificationComplete: Link?
    var poll: Call?
    var interval: Double?
    var expiresIn: Double?
    var authorize: Link?
    var callback = Callback()
    var exchange: Call?
    var then: [Call] = []
    var check: Call?
    var credential: String?
    var lifecycle = Lifecycle()

    var method: SignInMethod {
        SignInMethod(
            id: id, kind: kind, label: label, button: button, needs: needs, start: start, verification: verification,
            verificationComplete: verificationComplete, poll: poll, interval: interval, expiresIn: expiresIn,
            authorize: authorize, callback: callback, exchange: exchange, then: then, proofKey: proofKey, scope: scope,
            check: check, credential: credential, lifecycle: lifecycle)
    }
}
