import Files
import HTTP
import JSON
import Simulator
import TestSupport
import Testing

/// A running server in one of the modes of sign-in, and people who come to it.
struct House {
    /// How people are known there.
    enum Mode: String, CaseIterable, Sendable, CustomTestStringConvertible {
        case none, password, proxy, oidc

        var testDescription: String { rawValue }
        /// Whether there are several people.
        var isShared: Bool { self == .proxy || self == .oidc }
        /// Whether there are sessions.
        var hasSessions: Bool { self == .password || self == .oidc }
    }

    let mode: Mode
    let world: World
    /// The OpenID provider.
    private let identity: SimulatorServer

    init(_ mode: Mode) async throws {
        self.mode = mode
        identity = try SimulatorServer()
        let words =
            switch mode {
            case .none: ["--sign-in", "none"]
            case .password: ["--sign-in", "password"]
            case .proxy: ["--sign-in", "proxy", "--trusted-proxy", "127.0.0.1"]
            case .oidc:
                // People come back to an address that is known before there is a port. Nothing is sent to it.
                [
                    "--sign-in", "oidc", "--oidc-issuer", identity.url + "/openid/id", "--oidc-client-id", "walk",
                    "--public-url", "http://127.0.0.1:9",
                ]
            }
        world = try await World(words)
    }

    // MARK: People

    /// The fields with which the requests of somebody come who is let in.
    func fields(_ name: String) async throws -> HeaderFields {
        switch mode {
        case .none: [:]
        case .proxy: ["Remote-User": name]
        case .password: ["Cookie": try await passwordSession()]
        case .oidc: ["Cookie": try await openIDSession(name)]
        }
    }

    /// How strangers come, and how each is refused.
    func strangers() async throws -> [(fields: HeaderFields, refusal: String)] {
        switch mode {
        case .none: return []
        case .proxy:
            let doubtful: HeaderFields = ["Remote-User": "alice", "Remote_User": "root"]
            return [
                ([:], "401 not_signed_in"), (["Remote-User": ""], "401 not_signed_in"),
                (["remote_user": "alice"], "400 doubtful_user"), (doubtful, "400 doubtful_user"),
            ]
        case .password, .oidc:
            let ended = try await fields("carol")
            #expect(try await world.post("/api/sign-out", [:], ended).json["ended"] == 1)
            let made: HeaderFields = ["Cookie": "latchkey_session=\(String(repeating: "A", count: 43))"]
            return [[:], ["Cookie": "latchkey_session="], made, ended, ["Remote-User": "alice"]]
                .map { ($0, "401 not_signed_in") }
        }
    }

    /// Whose document of the vault somebody's is, as the bytes from which its name is made.
    func identifier(_ name: String) -> String {
        mode == .oidc ? "\(identity.url)/openid/id\nsubject-of-\(name)" : name
    }

    private func passwordSession() async throws -> String {
        let said = try await world.waitForOutput("enter this code")
        let code = try #require(said?.split(separator: " ").last)
        let page = try await world.get("/sign-in/")
        let token = try #require(page.text.firstMatch(of: /name="form_token" value="([0-9a-f]+)"/)).1
        let answer = try await world.send(
            "POST", "/sign-in/",
            [
                "Origin": try world.origin, "Cookie": page.cookie, "Content-Type": "application/x-www-form-urlencoded",
            ], body: Array("form_token=\(token)&code=\(code)&password=walk+the+table".utf8))
        #expect(answer.status == 303)
        return answer.cookie
    }

    private func openIDSession(_ name: String) async throws -> String {
        let away = try await world.get("/sign-in/")
        let consent = try #require(away.headers["Location"])
        let back = try await Client(userAgent: "a browser").send(
            ClientRequest(
                method: "POST", url: consent, headers: ["Content-Type": "application/x-www-form-urlencoded"],
                body: Array("decision=approve&account=\(name)".utf8), timeout: .seconds(60)))
        let callback = String(try #require(back.headers["Location"]).dropFirst(try world.url.utf8.count))
        let entered = try await world.get(callback, ["Cookie": away.cookie])
        #expect(entered.status == 303)
        return entered.cookie
    }

    // MARK: Requests

    /// Sends a request on a connection of its own. Of a stream of events the header section is all.
    func ask(
        _ method: String, _ path: String, _ fields: HeaderFields = [:], host: String = "127.0.0.1", body: String = ""
    ) async throws -> Answer {
        let client = try await RawClient.connect(port: try world.port)
        var text = "\(method) \(path) HTTP/1.1\r\nHost: \(host)\r\n"
        for field in fields.fields { text += "\(field.name): \(field.value)\r\n" }
        if !body.isEmpty { text += "Content-Type: application/json\r\n" }
        if method != "GET" { text += "Content-Length: \(body.utf8.count)\r\n" }
        try await client.send(text + "\r\n" + body)
        let head = try await client.response(isHead: true)
        var content: [UInt8] = []
        if method != "HEAD", let length = head.headers["Content-Length"].flatMap({ Int($0) }) {
            content = try await client.bytes(count: length)
        }
        return Answer(status: head.status, headers: head.headers, body: content)
    }
}

extension Answer {
    /// The status and the word of a refusal.
    var refusal: String { "\(status) \(json.text("error"))" }
}
