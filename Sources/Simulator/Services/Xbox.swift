internal import Crypto
internal import HTTP
internal import JSON

/// A simulation of the sign-in to Xbox: a Microsoft account, then a user token of Xbox, then one for its services. It shares
/// nothing with Microsoft but the dialect.
///
/// Facts: https://github.com/OpenXbox/xbox-webapi-python (xbox/webapi/authentication/manager.py), as of October 2026; the
/// claims are unverified.
enum Xbox {
    static let hosts = ["login", "user", "xsts", "profile"]

    /// The Microsoft account.
    private static let account = StandardOAuth(
        label: "Xbox", hosts: hosts, token: StandardOAuth.Place("login", "/oauth20_token.srf"),
        authorize: StandardOAuth.Place("login", "/oauth20_authorize.srf"), proof: .none,
        scopes: ["Xboxlive.signin", "Xboxlive.offline_access"], refreshing: .rotates)

    static let dialect = Dialect(
        style: account.dialect.style,
        routes: account.dialect.routes + [
            .endpoint("user", "POST", "/user/authenticate", authenticate),
            .endpoint("xsts", "POST", "/xsts/authorize", authorize),
            .endpoint("profile", "GET", "/users/{}/profile/settings", profile),
        ],
        notFound: account.dialect.notFound)

    private static let (userPrefix, servicePrefix) = ("user-", "xsts-")

    @Sendable private static func authenticate(_ call: Call, _ state: inout ProviderState) -> Response {
        state.want(header: "x-xbl-contract-version", "1", in: call)
        let ticket = call.json(path: "Properties.RpsTicket")?.stringValue ?? ""
        guard call.json("RelyingParty") == "http://auth.xboxlive.com", ticket.hasPrefix("d="),
            let session = state.server.session(accessToken: String(ticket.dropFirst(2)), now: call.now)
        else { return .empty(401) }
        return .json(200, answer(userPrefix + session.accessToken, call, claims: ["uhs": "7007"]))
    }

    @Sendable private static func authorize(_ call: Call, _ state: inout ProviderState) -> Response {
        state.want(header: "x-xbl-contract-version", "1", in: call)
        let token = call.json(path: "Properties.UserTokens.0")?.stringValue ?? ""
        guard call.json("RelyingParty") == "http://xboxlive.com", token.hasPrefix(userPrefix),
            let session = state.server.session(accessToken: String(token.dropFirst(userPrefix.count)), now: call.now)
        else { return .empty(401) }
        if let code = state.behaviour.accountError {
            return .json(
                401, ["Identity": "0", "XErr": .int(code), "Message": "", "Redirect": "https://start.ui.xboxlive.com/"])
        }
        let claims: JSON = ["gtg": .string(session.account), "xid": "2533274790412952", "uhs": "7007"]
        return .json(200, answer(servicePrefix + session.accessToken, call, claims: claims))
    }

    private static func answer(_ token: String, _ call: Call, claims: JSON) -> JSON {
        [
            "IssueInstant": .string(Timestamp.iso8601(call.now)),
            "NotAfter": .string(Timestamp.iso8601(call.now + 57_600)),
            "Token": .string(token), "DisplayClaims": ["xui": [claims]],
        ]
    }

    @Sendable private static func profile(_ call: Call, _ state: inout ProviderState) -> Response {
        let start = "XBL3.0 x=7007;\(servicePrefix)"
        guard let value = call.header("Authorization"), value.hasPrefix(start),
            let session = state.server.session(accessToken: String(value.dropFirst(start.count)), now: call.now)
        else { return .empty(401) }
        let setting: JSON = ["id": "Gamertag", "value": .string(session.account)]
        return .json(200, ["profileUsers": [["id": "2533274790412952", "settings": [setting]]]])
    }
}
