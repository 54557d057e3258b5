internal import HTTP
internal import JSON
internal import Providers
internal import Vault

/// How accounts stand, and what can be done with them.
extension Companion {
    func readStatus(_ call: Endpoint.Call) async throws(Problem) -> Response {
        .json(200, try await engine.status(try call.named(), call.id))
    }

    func readAllStatus(_ call: Endpoint.Call) async throws(Problem) -> Response {
        let bytes = try await engine.allStatus(call.id) { providers in
            ["ok": true, "demo": demonstrated, "visitor": visible(call.visitor), "providers": providers]
        }
        return Response(status: 200, headers: ["Content-Type": "application/json"], body: .bytes(bytes))
    }

    /// Who is signed in, where there is a sign-in that can be ended.
    private func visible(_ visitor: Visitor?) -> JSON {
        guard signIn != nil, let visitor else { return .null }
        return ["name": .string(visitor.name)]
    }

    /// What a demonstration lets people try.
    private var demonstrated: JSON {
        guard let demo = settings.demonstration else { return .null }
        let values = demo.values.sorted { $0.key < $1.key }.map { ($0.key, JSON.string($0.value)) }
        return ["approve_url": .string(demo.approveURL), "values": .object(JSONObject(values))]
    }

    /// Server-sent events: how each provider stands now, then each change.
    func openEvents(_ call: Endpoint.Call) async throws(Problem) -> Response {
        if call.request.method == "HEAD" {
            return Response(status: 200, headers: ["Content-Type": "text/event-stream"])
        }
        // It listens before it is told how things stand, so that nothing falls between the two.
        let session = signIn?.session(of: call.request)?.digest
        // SECURITY: it may have ended since it was looked at, and a stream without a session would never end.
        if signIn != nil, session == nil { throw .notSignedIn }
        let ids = try Self.accounts(call)
        let stream = try parts.events.open(ids, session: session)
        do throws(Problem) {
            for id in ids { try await engine.greet(stream, id) }
        } catch {
            stream.close()
            throw error
        }
        return .events(stream)
    }

    /// How many accounts one stream may be about besides the one that `account` names.
    private static let mostAlso = 32

    /// The caller's accounts that an event stream is about: that of the page, and those that `also` names.
    private static func accounts(_ call: Endpoint.Call) throws(Problem) -> [AccountID] {
        var ids = [call.id]
        for name in call.request.queryItems where name.name == "also" {
            guard VaultName.isValid(name.value) else {
                throw Problem(VaultError.badName(String(name.value.prefix(80))))
            }
            let id = AccountID(owner: call.id.owner, account: name.value)
            if !ids.contains(id) { ids.append(id) }
        }
        guard ids.count <= mostAlso + 1 else {
            throw Problem(
                400, "too_many_accounts", "One stream of events is about \(mostAlso) further accounts at most.",
                hint: "Open another one for the rest.")
        }
        return ids
    }

    func refresh(_ call: Endpoint.Call) async throws(Problem) -> Response {
        let provider = try call.named()
        try await engine.refresh(provider, call.id)
        return .json(200, try await engine.status(provider, call.id))
    }

    func disconnect(_ call: Endpoint.Call) async throws(Problem) -> Response {
        let provider = try call.named()
        let revocation = try await engine.disconnect(provider, call.id)
        let message = Self.sentence(revocation, provider)
        var answer: JSON = [
            "ok": true, "forgotten": .bool(revocation != .notConnected), "revoked": .bool(revocation == .revoked),
            "message": .string(message),
        ]
        answer["revoke_url"] = provider.revokePage.map(JSON.string)
        return .json(200, answer)
    }

    /// What became of a connection that was ended, here and at the provider.
    static func sentence(_ revocation: FlowEngine.Revocation, _ provider: Provider) -> String {
        let label = provider.label
        return switch revocation {
        case .notConnected: "\(label) was not connected."
        case .revoked: "Disconnected, and ended at \(label)."
        case .notOffered: "Disconnected here. \(label) has no way to end it from here."
        case .failed(let problem): "Disconnected here, but not at \(label): \(problem.message)"
        }
    }

    /// The picture of the account, which the status names by the address that leads here.
    func readAvatar(_ call: Endpoint.Call) async throws(Problem) -> Response {
        let picture = try await engine.avatar(try call.named(), call.id)
        return Response(
            status: 200, headers: ["Content-Type": picture.type, "Cache-Control": "private, max-age=86400"],
            body: .bytes(picture.bytes))
    }

    /// The token itself, for the person who wants to copy it.
    func reveal(_ call: Endpoint.Call) async throws(Problem) -> Response {
        let key = try call.key()
        guard let linked = try await engine.linked(key) else {
            throw Problem(409, "not_linked", "There is no token to show.", hint: "Connect first.")
        }
        parts.log.info("token revealed", key)
        return .json(200, ["ok": true, "access_token": .string(linked.tokens.accessToken)])
    }
}
