internal import HTTP
internal import Providers

/// What requests leave in the audit log: who made them, and from where.
extension Companion {
    /// Tells that a request to an endpoint was answered.
    func audit(_ endpoint: Endpoint, _ call: Endpoint.Call) {
        guard let log = settings.telling.audit, let event = endpoint.audit else { return }
        log.write(
            AuditEntry(
                event, owner: call.id.owner, name: call.visitor?.name, client: call.request.client,
                provider: call.provider?.name, account: call.id.account))
    }

    /// Tells that the config was changed.
    ///
    /// - Parameter keys: the names of what was changed.
    func audit(_ call: Endpoint.Call, _ id: AccountID, _ keys: String) {
        settings.telling.audit?.write(
            AuditEntry(
                .configChanged, owner: id.owner, name: call.visitor?.name, client: call.request.client,
                account: id.account, details: ["keys": keys]))
    }

    /// Tells what somebody did with their session.
    func audit(
        _ event: AuditEvent, _ visitor: Visitor, _ request: Request, _ details: [String: String] = [:]
    ) {
        settings.telling.audit?.write(
            AuditEntry(event, owner: visitor.owner, name: visitor.name, client: request.client, details: details))
    }

    /// Tells that a request was refused.
    func auditRefusal(_ event: String, reason: String, _ provider: Provider?, from request: Request) {
        let isSignIn = ["sign-in refused", "visitor refused"].contains(event)
        settings.telling.audit?.write(
            AuditEntry(
                isSignIn ? .signInRefused : .requestRefused, client: request.client,
                provider: provider?.name, details: ["reason": reason]))
    }
}
