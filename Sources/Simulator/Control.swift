internal import HTTP
internal import JSON

/// The knobs over HTTP, for tests that talk to a running simulator and for people who demonstrate a failure.
///
/// `GET /control/<provider>` tells what happened. `GET /control/<provider>/wait?endpoint=POST%20/oauth/token&count=2` answers
/// the same, once the endpoint has had so many requests. `POST /control/<provider>` takes a JSON object:
///
/// | key | value |
/// |---|---|
/// | `interval`, `expires_in`, `token_expires_in`, `code_expires_in` | seconds; `token_expires_in` may be null (no end) |
/// | `strict_interval`, `complete_uri`, `expired_pin_null` | true or false |
/// | `reject_clients`, `redirect_uris` | list of strings; the client `*` stands for all |
/// | `client_secret`, `issuer` | string, or null for none |
/// | `account` | the name of the account that approves |
/// | `fault` | `{"kind": …, "times": 1 or null, "endpoint": "POST /oauth/token", "retry_after": 7}` or a list of them |
/// | `clear_faults`, `release`, `expire`, `end_sessions`, `reset` | true |
/// | `approve`, `deny` | true for all that wait, or a user code |
/// | `watch` | `{"kind": "movies" or "shows", "count": 300, "titles": 100, "earlier": false}`: so many plays more |
/// | `unwatch` | `{"kind": "movies", "index": 0}`: one less, counted from the newest |
/// | `advance` | seconds by which the provider's clock goes forward |
///
/// Kinds of faults: `status` (with `"status": 503`), `empty_body`, `not_json`, `lost_answer`, `delay` (with `"milliseconds": 200`),
/// `hold`, `slow_down`. Members are applied in the order in which they stand.
enum Control {
    /// A problem with a knob, in a sentence.
    struct Problem: Error, Equatable {
        let text: String
    }

    static func respond(_ request: Request, _ path: [Substring], _ simulator: Simulator) async -> Response {
        guard let provider = path.first.flatMap({ SimulatedProvider(rawValue: String($0)) }) else {
            return refusal(
                404, "The providers are \(SimulatedProvider.linked.map(\.rawValue).joined(separator: ", ")).")
        }
        switch (request.method, path.dropFirst()) {
        case ("GET", []): return report(provider, simulator)
        case ("GET", ["wait"]):
            let call = Call(request: request, base: "", now: 0)
            let count = call.query("count").flatMap(Int.init) ?? 1
            await simulator.waitForRequests(count, to: call.query("endpoint") ?? "", of: provider)
            return report(provider, simulator)
        case ("POST", []):
            return SameSite.allows(request) ? set(request, provider, simulator) : refusal(403, SameSite.refusal)
        default: return refusal(404, "There is GET and POST /control/\(provider.rawValue), and GET …/wait.")
        }
    }

    private static func refusal(_ status: Int, _ text: String) -> Response {
        .json(status, ["ok": false, "message": .string(text)])
    }

    private static func set(_ request: Request, _ provider: SimulatedProvider, _ simulator: Simulator) -> Response {
        guard let object = (try? JSON.parse(request.body))?.objectValue else {
            return refusal(400, "The body must be a JSON object.")
        }
        do throws(Problem) {
            let changes = try object.members.map { member throws(Problem) in try Knob.change(member.key, member.value) }
            for change in changes { change(simulator, provider) }
            return .json(200, ["ok": true])
        } catch {
            return refusal(422, error.text)
        }
    }

    private static func report(_ provider: SimulatedProvider, _ simulator: Simulator) -> Response {
        let state = simulator.snapshot(provider)
        let now = simulator.now(provider)
        let counts = state.counts.sorted { $0.key < $1.key }.map { ($0.key, JSON.int($0.value)) }
        let sessions = state.server.sessions.values.sorted { $0.id < $1.id }
        return .json(
            200,
            [
                "provider": .string(provider.rawValue), "counts": .object(JSONObject(counts)),
                "complaints": .array(state.complaints.map(JSON.string)),
                "pending": .array(state.server.pending(at: now).map { pending($0, now) }),
                "sessions": .array(sessions.map(session)), "faults": .int(state.faults.count),
            ])
    }

    private static func pending(_ grant: DeviceGrant, _ now: Int) -> JSON {
        [
            "user_code": .string(grant.userCode), "client_id": .string(grant.clientID),
            "expires_in": .int(grant.expiresAt - now),
        ]
    }

    private static func session(_ session: Session) -> JSON {
        [
            "account": .string(session.account), "client_id": .string(session.clientID),
            "scope": .string(session.scope), "access_token": .string(session.accessToken),
            "refresh_token": session.refreshToken.map(JSON.string) ?? .null,
            "expires_at": session.expiresAt.map(JSON.int) ?? .null,
        ]
    }
}
