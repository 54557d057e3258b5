internal import Crypto
internal import HTTP
internal import JSON

/// Services that are used with a key which people copy from their settings. Keys that begin with `unknown` are wrong.
struct KeyService: Sendable {
    let label: String
    let hosts: [String]
    let routes: [Route]

    var dialect: Dialect {
        Dialect(
            style: AuthorizationServer.Style(
                accessToken: { () throws(Crypto.Failure) in try Crypto.randomToken() }, refreshToken: nil),
            routes: routes, notFound: { _ in .empty(404) })
    }

    static func of(_ provider: SimulatedProvider) -> KeyService? {
        switch provider {
        case .listenbrainz: listenBrainz
        case .steam: steam
        case .retroachievements: retroAchievements
        default: nil
        }
    }

    /// https://listenbrainz.readthedocs.io/en/latest/users/api/core.html: 200 also for a token that is wrong.
    private static let listenBrainz = KeyService(
        label: "ListenBrainz", hosts: ["api"],
        routes: [
            .endpoint("api", "GET", "/1/validate-token") { call, state in
                let header = call.header("Authorization") ?? ""
                guard header.hasPrefix("Token "), state.behaviour.knows(client: String(header.dropFirst(6))) else {
                    return .json(200, ["code": 200, "message": "Token invalid.", "valid": false])
                }
                return .json(
                    200,
                    [
                        "code": 200, "message": "Token valid.", "valid": true,
                        "user_name": .string(state.behaviour.account),
                    ])
            }
        ])

    /// https://developer.valvesoftware.com/wiki/Steam_Web_API (GetPlayerSummaries): an unknown account is an empty list.
    private static let steam = KeyService(
        label: "Steam", hosts: ["api", Picture.host],
        routes: [
            .endpoint("api", "GET", "/ISteamUser/GetPlayerSummaries/v2/") { call, state in
                guard state.behaviour.knows(client: call.query("key") ?? "") else {
                    return .empty(403)
                }
                let id = call.query("steamids") ?? ""
                let player: JSON = [
                    "steamid": .string(id), "personaname": .string(state.behaviour.account),
                    "avatarfull": .string(call.url(Picture.host, "/7_full.jpg")),
                ]
                return .json(200, ["response": ["players": id.hasPrefix("7656") ? [player] : []]])
            }
        ])

    /// https://api-docs.retroachievements.org/v1/get-user-profile.html
    private static let retroAchievements = KeyService(
        label: "RetroAchievements", hosts: ["web", Picture.host],
        routes: [
            .endpoint("web", "GET", "/API/API_GetUserProfile.php") { call, state in
                guard state.behaviour.knows(client: call.query("y") ?? "") else {
                    return .json(401, ["message": "Unauthenticated."])
                }
                guard let user = call.query("u"), !user.isEmpty, user != "nobody" else { return .json(404, []) }
                return .json(200, ["User": .string(state.behaviour.account), "ULID": "00003EMFWR7XB8SDPEHB3K56ZQ"])
            }
        ])
}
