import HTTP
import JSON
import Simulator
import TestSupport

/// A sign-in whose browser is at the provider.
struct Journey {
    /// Where the browser was sent.
    let authorizationURL: String
    /// What the browser holds, as a `Cookie` header.
    let cookie: String
    /// The redirect URI that the answer told.
    let redirectURI: String

    /// The items of the authorization request.
    var items: [String: String] {
        let query = authorizationURL.drop { $0 != "?" }.dropFirst()
        return Dictionary(FormDecoder.items(String(query)).map { ($0.name, $0.value) }, uniquingKeysWith: { $1 })
    }

    var state: String { items["state"] ?? "" }
}

extension World {
    /// Begins a sign-in by redirect, in a browser that holds this cookie.
    func depart(_ provider: SimulatedProvider, cookie: String? = nil, path: String = "") async throws -> Journey {
        var headers: HeaderFields = ["Origin": try origin]
        headers["Cookie"] = cookie
        let answer = try await send("POST", "\(path)/api/\(provider.rawValue)/authorize", headers, isSecret: true)
        if answer.status != 200 { throw Trouble(description: "no sign-in: \(answer.summary)") }
        return Journey(
            authorizationURL: answer.json.text("authorization_url"), cookie: answer.cookie,
            redirectURI: answer.json.text("redirect_uri"))
    }

    /// The person decides on the provider's page; gives the query with which the browser comes back.
    func decide(_ journey: Journey, _ decision: String = "approve", account: String = "sean") async throws -> String {
        let answer = try await Client(userAgent: "latchkey-tests").send(
            ClientRequest(
                method: "POST", url: journey.authorizationURL,
                headers: ["Content-Type": "application/x-www-form-urlencoded"],
                body: Array("decision=\(decision)&account=\(account)".utf8), timeout: .seconds(60)))
        let location = answer.headers["Location"] ?? ""
        guard location.hasPrefix(journey.redirectURI + "?") else {
            throw Trouble(description: "the provider did not send back: \(answer.status) \(location)")
        }
        return String(location.dropFirst(journey.redirectURI.count + 1))
    }

    /// The browser comes back.
    func arrive(
        _ provider: SimulatedProvider, _ query: String, cookie: String, _ headers: HeaderFields = [:],
        method: String = "GET"
    ) async throws -> Answer {
        var all = headers
        if !cookie.isEmpty { all["Cookie"] = cookie }
        return try await send(method, "/\(provider.rawValue)/oauth-callback/?\(query)", all)
    }
}
