internal import Crypto
internal import HTTP
internal import JSON

/// Simulations of servers that know a key or a password and nothing else: Tautulli, Seerr, Sonarr, Radarr, Bazarr, Kodi.
/// They share nothing with these but the dialect.
///
/// Facts: https://github.com/Tautulli/Tautulli/wiki/Tautulli-API-Reference, seerr's server/middleware/auth.ts, Sonarr's
/// ApiKeyAuthenticationHandler.cs, https://kodi.wiki/view/JSON-RPC_API, as of October 2026; Bazarr is unverified.
enum KeyedServers {
    static let tautulli = server([.endpoint("server", "GET", "/api/v2", tautulli)])
    static let seerr = server([
        .endpoint("server", "GET", "/api/v1/status", seerrStatus),
        .endpoint("server", "GET", "/api/v1/auth/me", seerrUser),
    ])
    static let arr = server([.endpoint("server", "GET", "/api/v3/system/status", arrStatus)])
    static let bazarr = server([.endpoint("server", "GET", "/api/system/status", bazarrStatus)])
    static let kodi = server([.endpoint("server", "POST", "/jsonrpc", kodiCall)])

    private static func server(_ routes: [Route]) -> Dialect {
        Dialect(
            style: .hex(16),
            routes: routes, notFound: { _ in .empty(404) })
    }

    private static func knows(_ key: String?, _ state: ProviderState) -> Bool { key == state.behaviour.apiKey }

    @Sendable private static func tautulli(_ call: Call, _ state: inout ProviderState) -> Response {
        func answer(_ status: Int, _ message: JSON, _ data: JSON = [:]) -> Response {
            let result: JSON = message == .null ? "success" : "error"
            return .json(status, ["response": ["result": result, "message": message, "data": data]])
        }
        if state.behaviour.isSwitchedOff { return answer(404, "API not enabled") }
        guard let key = call.query("apikey") else { return answer(401, "Parameter apikey is required") }
        guard knows(key, state) else { return answer(state.behaviour.refusesWith200 ? 200 : 401, "Invalid apikey") }
        return answer(200, .null, ["pms_name": "Home", "pms_identifier": "5e7e0"])
    }

    @Sendable private static func seerrStatus(_ call: Call, _ state: inout ProviderState) -> Response {
        .json(200, ["version": .string(state.behaviour.version), "commitTag": "5e7e0", "updateAvailable": false])
    }

    @Sendable private static func seerrUser(_ call: Call, _ state: inout ProviderState) -> Response {
        guard knows(call.header("X-Api-Key"), state) else {
            return .json(403, ["status": 403, "error": "You do not have permission to access this endpoint"])
        }
        return .json(200, ["id": 1, "email": "demo@example.invalid", "displayName": .string(state.behaviour.account)])
    }

    @Sendable private static func arrStatus(_ call: Call, _ state: inout ProviderState) -> Response {
        guard knows(call.header("X-Api-Key"), state) else { return .json(401, ["error": "Unauthorized"]) }
        let name = state.behaviour.product ?? state.provider.label
        return .json(
            200,
            [
                "appName": .string(name), "instanceName": .string("\(name) Home"),
                "version": .string(state.behaviour.version),
            ])
    }

    @Sendable private static func bazarrStatus(_ call: Call, _ state: inout ProviderState) -> Response {
        guard knows(call.header("X-API-KEY"), state) else { return .json(401, ["message": "Unauthorized"]) }
        return .json(200, ["data": ["bazarr_version": .string(state.behaviour.version)]])
    }

    @Sendable private static func kodiCall(_ call: Call, _ state: inout ProviderState) -> Response {
        let wanted = "Basic " + Base64.encode(Array("kodi:\(state.behaviour.apiKey)".utf8))
        guard call.header("Authorization") == wanted else { return .empty(401) }
        let result: JSON
        switch call.json("method") {
        case "JSONRPC.Ping": result = "pong"
        case "Application.GetProperties": result = ["name": "Kodi", "version": ["major": 21, "minor": 0]]
        case "Settings.GetSettingValue": result = ["value": "Living room"]
        default:
            return .json(200, ["jsonrpc": "2.0", "id": 1, "error": ["code": -32601, "message": "Method not found."]])
        }
        return .json(200, ["jsonrpc": "2.0", "id": 1, "result": result])
    }
}
