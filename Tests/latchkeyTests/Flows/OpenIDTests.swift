import Files
import HTTP
import JSON
import Simulator
import TestSupport
import Testing

/// Several people share one installation and sign in with an OpenID provider.
@Suite(.timeLimit(.minutes(2))) struct OpenIDTests {
    /// A browser that follows nothing by itself.
    private struct Browser {
        let url: String
        let client = Client(userAgent: "a browser")
        var cookies: [String: String] = [:]
        /// What it was given that nobody else may see.
        var secrets: Set<String> = []

        mutating func send(
            _ method: String, _ address: String, _ body: String = "", type: String = "application/json"
        ) async throws -> ClientResponse {
            let isOwn = !address.hasPrefix("http")
            var headers: HeaderFields = [:]
            if isOwn { headers["Cookie"] = cookies.map { "\($0.key)=\($0.value)" }.joined(separator: "; ") }
            if method == "POST" { (headers["Origin"], headers["Content-Type"]) = (url, type) }
            if !isOwn { headers["Origin"] = nil }
            let response = try await client.send(
                ClientRequest(
                    method: method, url: isOwn ? url + address : address, headers: headers, body: Array(body.utf8),
                    timeout: .seconds(60)))
            for field in response.headers.values(of: "Set-Cookie") {
                let parts = field.prefix { $0 != ";" }.split(separator: "=", maxSplits: 1).map(String.init)
                cookies[parts[0]] = parts.count == 2 ? parts[1] : nil
                if parts.count == 2, !parts[1].isEmpty { secrets.insert(parts[1]) }
            }
            return response
        }

        /// Goes to the provider as this person, and comes back.
        mutating func signIn(_ name: String) async throws -> ClientResponse {
            let away = try await send("GET", "/sign-in/?next=%2F%3Faccount%3Dx")
            let consent = try #require(away.headers["Location"])
            let back = try await send(
                "POST", consent, "decision=approve&account=\(name)", type: "application/x-www-form-urlencoded")
            let callback = try #require(back.headers["Location"])
            #expect(callback.hasPrefix(url + "/sign-in/callback/"))
            for address in [consent, callback] {
                let items = FormDecoder.items(String(address.drop { $0 != "?" }.dropFirst()))
                secrets.formUnion(items.filter { ["state", "code"].contains($0.name) }.map(\.value))
            }
            return try await send("GET", String(callback.dropFirst(url.count)))
        }
    }

    @Test func `each has accounts of their own, after a restart, too`() async throws {
        let providers = try SimulatorServer()
        let folder = try TemporaryFolder()
        providers.simulator.configure(.openid) { $0.clientSecret = "canary secret" }
        try folder.write("canary secret\n", to: "secret")
        let port = try #require(Loopback.freePort())
        let url = "http://127.0.0.1:\(port)"
        let words = [
            "serve", "--site", folder("site"), "--data", folder("data"), "--listen", "127.0.0.1:\(port)",
            "--public-url",
            url, "--sign-in", "oidc", "--oidc-issuer", providers.url + "/openid/id", "--oidc-client-id", "latchkey",
            "--oidc-client-secret-file", folder("secret"), "--admin", "ann@example.org", "--log-level", "debug",
        ]
        var running = try await RunningLatchkey(words)
        let first = running.process
        var (ann, ben) = (Browser(url: url), Browser(url: url))
        let entered = try await ann.signIn("ann")
        #expect(entered.status == 303 && entered.headers["Location"] == "../../?account=x")
        #expect(try await ben.signIn("ben").status == 303)
        #expect(try await ann.send("POST", "/api/config", #"{"trakt":{"client_id":"of-ann"}}"#).status == 200)
        #expect(try await ben.send("POST", "/api/config", #"{"trakt":{"client_id":"of-ben"}}"#).status == 200)
        #expect(await running.process.terminate() == .exited(code: 0))
        running = try await RunningLatchkey(words)
        for (name, isAnn) in [("ann", true), ("ben", false)] {
            let config = isAnn ? try await ann.send("GET", "/api/config") : try await ben.send("GET", "/api/config")
            #expect(try JSON.parse(config.body)[path: "trakt.client_id"] == .string("of-\(name)"))
            let status = isAnn ? try await ann.send("GET", "/api/status") : try await ben.send("GET", "/api/status")
            #expect(try JSON.parse(status.body)[path: "visitor.name"] == .string(name))
        }
        var nobody = Browser(url: url)
        #expect(try await nobody.send("GET", "/api/config").status == 401)
        #expect(try await nobody.send("GET", "/").headers["Location"] == "./sign-in/")
        #expect(await running.process.terminate() == .exited(code: 0))
        // Of each: a state, a code, the cookies of the sign-in and of the session.
        let issued = providers.simulator.secrets(.openid)
        let secrets = ann.secrets.union(ben.secrets).union(["canary secret"]).union(issued.codes + issued.tokens)
        #expect(secrets.count >= 11, "\(secrets)")
        let printed = [first, running.process].map { $0.output.text + $0.errors.text }.joined()
        let files = try Files.regularFiles(below: folder.path).filter { $0 != "secret" }
        let texts = try files.map { ($0, String(decoding: try Files.read(folder($0)), as: UTF8.self)) }
        expectNone(of: Array(secrets), in: texts + [("what was printed", printed)])
        let audit = texts.first { $0.0 == "data/audit.log" }?.1 ?? ""
        #expect(audit.matches(of: #/"event":"signed_in","owner":"u-[0-9a-f]{40}","name":"(ann|ben)"/#).count == 2)
    }
}
