internal import HTTP
internal import JSON
internal import Providers

/// How accounts stand, and what can be done with them.
extension Companion {
    func readStatus(_ call: Endpoint.Call) async throws(Problem) -> Response {
        .json(200, try await engine.status(try call.named(), call.id))
    }

    func readAllStatus(_ call: Endpoint.Call) async throws(Problem) -> Response {
        var providers: JSONObject = [:]
        for provider in parts.catalogue.providers {
            providers[provider.name] = try await engine.status(provider, call.id)
        }
        var answer: JSONObject = ["ok": true, "demo": .null]
        if let demo = settings.demonstration {
            let values = demo.values.sorted { $0.key < $1.key }.map { ($0.key, JSON.string($0.value)) }
            answer["demo"] = ["approve_url": .string(demo.approveURL), "values": .object(JSONObject(values))]
        }
        answer["providers"] = .object(providers)
        return .json(200, .object(answer))
    }

    /// Server-sent events: how each provider stands now, then each change.
    func openEvents(_ call: Endpoint.Call) async throws(Problem) -> Response {
        let stream = parts.events.open(owner: call.id.owner, account: call.id.account)
        if call.request.method == "HEAD" {
            stream.close()
            return Response(status: 200, headers: ["Content-Type": "text/event-stream"])
        }
        for provider in parts.catalogue.providers {
            let status = try await engine.status(provider, call.id)
            stream.send(event: "status", data: String(decoding: status.encoded(), as: UTF8.self))
        }
        return Response(status: 200, body: .events(stream))
    }

    func refresh(_ call: Endpoint.Call) async throws(Problem) -> Response {
        let provider = try call.named()
        try await engine.refresh(provider, call.id)
        return .json(200, try await engine.status(provider, call.id))
    }

    func disconnect(_ call: Endpoint.Call) async throws(Problem) -> Response {
        let provider = try call.named()
        let revocation = try await engine.disconnect(provider, call.id)
        var answer: JSONObject = ["ok": true, "revoked": .bool(revocation == .revoked)]
        let page = provider.revokePage.map { " You can end it at \($0)." } ?? ""
        let message =
            switch revocation {
            case .revoked: "Disconnected, and ended at \(provider.label)."
            case .notOffered: "Disconnected here.\(page)"
            case .failed(let problem): "Disconnected here, but not at \(provider.label): \(problem.message)\(page)"
            }
        answer["message"] = .string(message)
        return .json(200, .object(answer))
    }

    /// The token itself, for the person who wants to copy it.
    func reveal(_ call: Endpoint.Call) async throws(Problem) -> Response {
        let key = try call.key()
        guard let linked = await engine.linked(key) else {
            throw Problem(409, "not_linked", "There is no token to show.", hint: "Connect first.")
        }
        parts.log.info("token revealed", key)
        return .json(200, ["ok": true, "access_token": .string(linked.tokens.accessToken)])
    }
}
