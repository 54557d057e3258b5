internal import Crypto
internal import HTTP
internal import JSON

/// Simulations of Jellyfin and Emby, which share an ancestor and most of their sign-in. They share nothing with either but
/// the dialect.
///
/// Facts: https://github.com/jellyfin/jellyfin (AuthorizationContext, QuickConnectController, UserController) and
/// https://dev.emby.media/doc/restapi/ (user and API key authentication), as of October 2026.
enum MediaServers {
    /// The server stands below a path, as behind a proxy.
    static let jellyfin = Dialect(
        style: style,
        routes: [
            .endpoint("server", "GET", "/System/Info/Public", publicInfo),
            .endpoint("server", "POST", "/QuickConnect/Initiate", initiate),
            .endpoint("server", "GET", "/QuickConnect/Connect", connect),
            .endpoint("server", "POST", "/Users/AuthenticateWithQuickConnect", quickSignIn),
            .endpoint("server", "POST", "/Users/AuthenticateByName", signIn),
            .endpoint("server", "GET", "/System/Info", info),
            .endpoint("server", "GET", "/Users/Me", user),
            .endpoint("server", "GET", "/Users/{}/Images/Primary", picture),
            .endpoint("server", "POST", "/Sessions/Logout", signOut),
        ] + Route.page("server", "/web", CodePage.respond),
        notFound: { _ in .empty(404) })

    static let emby = Dialect(
        style: style,
        routes: [
            .endpoint("server", "GET", "/System/Info/Public", publicInfo),
            .endpoint("server", "POST", "/Users/AuthenticateByName", signIn),
            .endpoint("server", "GET", "/System/Info", info),
            .endpoint("server", "GET", "/Users/{}", user),
            .endpoint("server", "GET", "/Users/{}/Images/Primary", picture),
            .endpoint("server", "POST", "/Sessions/Logout", signOut),
        ],
        notFound: { _ in .empty(404) })

    private static let style = AuthorizationServer.Style.hex(16)

    // MARK: Who asks

    /// A parameter of the header in which a client says what it is: `MediaBrowser Client="…", Token="…"`.
    private static func part(_ name: String, _ call: Call, _ state: ProviderState) -> String? {
        let isJellyfin = state.provider == .jellyfin
        let scheme = isJellyfin ? "MediaBrowser " : "Emby "
        let value = (isJellyfin ? call.header("Authorization") : call.header("X-Emby-Authorization")) ?? ""
        guard value.hasPrefix(scheme) else { return nil }
        for pair in value.dropFirst(scheme.count).split(separator: ",") {
            let parts = pair.drop { $0 == " " }.split(separator: "=", maxSplits: 1)
            if parts.count == 2, parts[0] == name { return String(parts[1].filter { $0 != "\"" }) }
        }
        return nil
    }

    private static func token(_ call: Call, _ state: ProviderState) -> String {
        (state.provider == .jellyfin ? part("Token", call, state) : call.header("X-Emby-Token")) ?? ""
    }

    /// All of them are wanted.
    private static func device(_ call: Call, _ state: inout ProviderState) -> String? {
        for name in ["Client", "Device", "Version"] where (part(name, call, state) ?? "").isEmpty {
            state.complain("wants \(name) in its header")
        }
        return part("DeviceId", call, state).flatMap { $0.isEmpty ? nil : $0 }
    }

    // MARK: The server

    @Sendable private static func publicInfo(_ call: Call, _ state: inout ProviderState) -> Response {
        var info: JSONObject = [
            "ServerName": "Home", "Version": .string(state.behaviour.version), "Id": "5e7e0",
            "LocalAddress": "http://192.168.1.5:8096",
        ]
        if state.provider == .jellyfin { info["ProductName"] = .string(state.behaviour.product ?? "Jellyfin Server") }
        return .json(200, .object(info))
    }

    @Sendable private static func info(_ call: Call, _ state: inout ProviderState) -> Response {
        let token = token(call, state)
        guard token == state.behaviour.apiKey || state.server.session(accessToken: token, now: call.now) != nil else {
            return .empty(401)
        }
        return .json(200, ["ServerName": "Home", "Version": .string(state.behaviour.version), "Id": "5e7e0"])
    }

    // MARK: Quick Connect

    @Sendable private static func initiate(_ call: Call, _ state: inout ProviderState)
        throws(Crypto.Failure) -> Response
    {
        guard !state.behaviour.isSwitchedOff, let device = device(call, &state) else { return .empty(401) }
        let grant = state.server.begin(
            secret: try RandomCode.hex(bytes: 32), userCode: try RandomCode.make(6, from: "0123456789"),
            clientID: device, clientName: part("Client", call, state) ?? "An application", now: call.now,
            lifetime: state.behaviour.expiresIn)
        return quick(grant)
    }

    private static func quick(_ grant: DeviceGrant) -> Response {
        let isApproved = if case .approved = grant.decision { true } else { false }
        return .json(
            200,
            [
                "Authenticated": .bool(isApproved), "Secret": .string(grant.secret), "Code": .string(grant.userCode),
                "DeviceId": .string(grant.clientID),
            ])
    }

    @Sendable private static func connect(_ call: Call, _ state: inout ProviderState) -> Response {
        guard !state.behaviour.isSwitchedOff else { return .empty(401) }
        guard let grant = state.server.grant(secret: call.query("secret") ?? ""), call.now < grant.expiresAt,
            grant.decision != .denied
        else { return .empty(404) }
        return quick(grant)
    }

    @Sendable private static func quickSignIn(_ call: Call, _ state: inout ProviderState)
        throws(Crypto.Failure) -> Response
    {
        let device = device(call, &state)
        guard
            case .approved(let session) = try state.poll(
                secret: call.json("Secret") ?? "", clientID: device, now: call.now)
        else { return .empty(401) }
        return signedIn(session)
    }

    // MARK: Users

    @Sendable private static func signIn(_ call: Call, _ state: inout ProviderState)
        throws(Crypto.Failure) -> Response
    {
        guard let device = device(call, &state) else { return .empty(400) }
        guard let name = call.json("Username"), let password = call.json("Pw"), state.behaviour.password == password
        else { return .empty(401) }
        return signedIn(
            try state.server.issue(clientID: device, account: name, scope: "", now: call.now, lifetime: nil))
    }

    private static func signedIn(_ session: Session) -> Response {
        .json(
            200,
            [
                "AccessToken": .string(session.accessToken), "ServerId": "5e7e0",
                "User": ["Id": .string("user-\(session.account)"), "Name": .string(session.account)],
            ])
    }

    @Sendable private static func user(_ call: Call, _ state: inout ProviderState) -> Response {
        let token = token(call, state)
        // A bare API key has no user.
        if token == state.behaviour.apiKey { return .empty(400) }
        guard let session = state.server.session(accessToken: token, now: call.now) else { return .empty(401) }
        if let id = call.captured.first, id != "user-\(session.account)" { return .empty(404) }
        return .json(
            200,
            [
                "Id": .string("user-\(session.account)"), "Name": .string(session.account), "PrimaryImageTag": "5e7e0",
            ])
    }

    @Sendable private static func picture(_ call: Call, _ state: inout ProviderState) -> Response { Picture.response }

    @Sendable private static func signOut(_ call: Call, _ state: inout ProviderState) -> Response {
        state.server.revoke(token(call, state)) ? .empty(204) : .empty(401)
    }
}
