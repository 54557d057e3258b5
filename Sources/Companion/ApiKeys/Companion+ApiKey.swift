internal import HTTP
internal import Providers

/// Apps that present a key.
extension Companion {
    /// The key with which a request was made (`Authorization: Bearer lk_…`, RFC 6750 section 2.1).
    ///
    /// What does not begin like our keys is not taken for one: a proxy may send credentials of its own.
    ///
    /// - Returns: nil when the request presents none.
    /// - Throws: 401 when it is no key of ours, 429 when it was used, or wrong ones were tried, too often.
    func apiKey(of request: Request) throws(Problem) -> ApiKey? {
        guard let text = Self.presentedKey(request) else { return nil }
        guard let book = settings.apiKeys else { throw .unknownApiKey }
        let use = book.use(text)
        if let problem = book.problem() { parts.log.warning("apikeys not read", ["reason": problem.description]) }
        switch use {
        case .key(let key, let isFirstToday):
            // SECURITY: a key is worth no more than the person whose it is.
            guard doorkeeper.admits(owner: key.owner) else {
                tellRefused("request refused", reason: "owner_not_admitted", nil, from: request)
                throw .ownerNotAdmitted
            }
            if isFirstToday { tellUse(of: key, request) }
            return key
        case .tooOften(let seconds): throw .keyTooBusy(seconds)
        case .unknown:
            let wait = book.fail(request.limitedClient)
            tellRefused("request refused", reason: "wrong_api_key", nil, from: request)
            throw wait > 0 ? .tooManyKeys(wait) : .unknownApiKey
        }
    }

    /// Once a day, for whoever looks which apps still come.
    func tellUse(of key: ApiKey, _ request: Request) {
        settings.telling.audit?.write(
            AuditEntry(.keyUsed, owner: key.owner, client: request.client, details: ["key": key.name]))
    }

    /// Tells that an app was handed a token, once a day, or that it says that one was refused.
    func audit(_ event: AuditEvent, _ key: ApiKey, _ provider: String, _ account: String, _ request: Request) {
        guard let log = settings.telling.audit else { return }
        let entry = AuditEntry(
            event, owner: key.owner, client: request.client, provider: provider, account: account,
            details: ["key": key.name])
        guard event == .tokenGiven else { return log.write(entry) }
        log.write(entry, onceADayFor: "token \(key.owner) \(key.name) \(provider) \(account)")
    }

    /// Refuses an account that the key does not open.
    func check(_ key: ApiKey, _ provider: Provider, _ account: String, _ request: Request) throws(Problem) {
        if key.allows(provider: provider.name, account: account) { return }
        tellRefused("request refused", reason: "api_key_not_allowed", provider, from: request)
        throw Problem(
            403, "not_allowed", "The API key '\(key.name)' does not open this account of \(provider.label).",
            hint: "Make a key with 'latchkey apikey new', whose --allow names it.")
    }

    static func presentedKey(_ request: Request) -> String? {
        guard let field = request.headers["Authorization"] else { return nil }
        let scheme = field.utf8.prefix { $0 != UInt8(ascii: " ") }
        guard scheme.count == 6, String(decoding: scheme, as: UTF8.self).lowercased() == "bearer" else { return nil }
        let text = field.dropFirst(6).drop { $0 == " " }
        return text.hasPrefix(ApiKeyBook.prefix) ? String(text) : nil
    }
}

extension Problem {
    /// There should be an API key.
    static let noApiKey: Problem = {
        var problem = Problem(
            401, "no_api_key", "There is no API key in the request.",
            hint: "Send 'Authorization: Bearer' and a key that 'latchkey apikey new' has made.")
        problem.challenge = "Bearer realm=\"latchkey\""
        return problem
    }()

    /// The API key is none, or is none any more.
    static let unknownApiKey: Problem = {
        var problem = Problem(
            401, "wrong_api_key", "This API key is not known, or was revoked.",
            hint: "Make one with 'latchkey apikey new'.")
        problem.challenge = "Bearer realm=\"latchkey\", error=\"invalid_token\""
        return problem
    }()

    /// Whose key it is may not enter any more.
    fileprivate static let ownerNotAdmitted = Problem(
        403, "not_allowed", "The person whose API key this is may not enter here, or has not signed in for long.",
        hint: "They should sign in once. Whoever runs Latchkey says with --allow-user who may.")

    fileprivate static func tooManyKeys(_ seconds: Int) -> Problem {
        Problem(429, "too_many_attempts", "Keys that are not known came too often.", hint: "Correct the key, and wait.")
            .retrying(after: Double(seconds))
    }

    fileprivate static func keyTooBusy(_ seconds: Int) -> Problem {
        Problem(
            429, "rate_limited", "This API key is used too often.",
            hint: "Ask when the token is about to end, not always."
        ).retrying(after: Double(seconds))
    }
}
