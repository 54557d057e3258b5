import Files
import HTTP
import JSON
import Synchronization
import TestSupport
import Testing

/// Docs/adding-a-provider.md: its file, each of its commands and what they print. The service is played here, by what its
/// documentation says (https://docs.gitlab.com/api/oauth2/), over real HTTP.
@Suite(.timeLimit(.minutes(2))) struct AddingProviderTests {
    private static let guide = Result {
        let folder = "/" + #filePath.split(separator: "/").dropLast(4).joined(separator: "/")
        return String(decoding: try Files.read(folder + "/Docs/adding-a-provider.md"), as: UTF8.self)
    }

    /// The content of the blocks of code in a language.
    private static func blocks(_ language: String) throws -> [String] {
        let parts = try guide.get().split(separator: "```", omittingEmptySubsequences: false)
        return parts.enumerated().compactMap { index, part in
            guard index % 2 == 1, part.hasPrefix(language + "\n") else { return nil }
            return String(part.dropFirst(language.count + 1))
        }
    }

    /// The service: what is asked of it, and whether the person has approved.
    private final class Service: Sendable {
        private struct State {
            var polls = 0
            var revoked: [String] = []
            var challenges: [String: String] = [:]
        }
        private let state = Mutex(State())

        var revoked: [String] { state.withLock(\.revoked) }

        func respond(_ request: Request, at address: String) -> Response {
            let form = Dictionary(
                FormDecoder.items(String(decoding: request.body, as: UTF8.self)).map { ($0.name, $0.value) },
                uniquingKeysWith: { first, _ in first })
            switch (request.method, request.path) {
            case ("POST", "/oauth/authorize_device"):
                guard form["client_id"] == "4f1c", form["scope"] == "read_user" else {
                    return answer(401, ["error": "invalid_client"])
                }
                return answer(
                    200,
                    [
                        "device_code": "GmRhmhcxhwAzkoEqiMEg", "user_code": "0A44L90H",
                        "verification_uri": .string(address + "/oauth/device"),
                        "verification_uri_complete": .string(address + "/oauth/device?user_code=0A44L90H"),
                        "expires_in": 300, "interval": 1,
                    ])
            case ("POST", "/oauth/token"): return token(form)
            case ("POST", "/oauth/revoke"):
                state.withLock { $0.revoked.append(form["token"] ?? "") }
                return answer(200, [:])
            case ("GET", "/oauth/authorize"): return authorize(request)
            case ("GET", "/api/v4/user"):
                let known = ["Bearer access-of-sean", "Bearer glpat-of-sean"]
                guard known.contains(request.headers["Authorization"] ?? "") else {
                    return answer(401, ["message": "401 Unauthorized"])
                }
                return answer(200, ["id": 7, "username": "sean", "name": "Sean", "state": "active"])
            default: return answer(404, ["error": "404 Not Found"])
            }
        }

        private func answer(_ status: Int, _ json: JSON) -> Response { .json(status, bytes: json.encoded()) }

        private func token(_ form: [String: String]) -> Response {
            let isDevice = form["grant_type"] == "urn:ietf:params:oauth:grant-type:device_code"
            if isDevice,
                state.withLock({ state in
                    state.polls += 1
                    return state.polls % 2 == 1
                })
            {
                return answer(400, ["error": "authorization_pending"])
            }
            let isCode = form["code"] == "code-of-sean" && form["code_verifier"]?.isEmpty == false
            let isRefresh = form["refresh_token"] == "refresh-of-sean"
            guard isDevice && form["device_code"] == "GmRhmhcxhwAzkoEqiMEg" || isCode || isRefresh else {
                return answer(400, ["error": "invalid_grant"])
            }
            return answer(
                200,
                [
                    "access_token": "access-of-sean", "token_type": "Bearer", "expires_in": 7200,
                    "refresh_token": "refresh-of-sean", "scope": "read_user", "created_at": 1_607_635_748,
                ])
        }

        /// The person approves at once.
        private func authorize(_ request: Request) -> Response {
            let items = Dictionary(
                request.queryItems.map { ($0.name, $0.value) }, uniquingKeysWith: { first, _ in first })
            guard items["code_challenge_method"] == "S256", let state = items["state"], let back = items["redirect_uri"]
            else { return answer(400, ["error": "invalid_request"]) }
            return Response(status: 302, headers: ["Location": "\(back)?code=code-of-sean&state=\(state)"])
        }
    }

    /// A site folder with the guide's file, and the service that it is about.
    private func run(_ body: (TemporaryFolder, Service, String) async throws -> Void) async throws {
        let file = try #require(try Self.blocks("json5").first)
        #expect(file.split(separator: "\n").count <= 30)
        let folder = try TemporaryFolder()
        try folder.write(file, to: "site/Templates/providers/gitlab.json5")
        let service = Service()
        try await TestServer.run(responder: { request in
            service.respond(request, at: "http://\(request.headers["Host"] ?? "")")
        }) { server in
            try await body(folder, service, "http://127.0.0.1:\(server.port)")
        }
    }

    /// What a person at a terminal sees of a command who types these answers.
    private func see(_ words: [String], _ folder: TemporaryFolder, _ address: String, typing: [(String, String)])
        async throws -> String
    {
        let places = ["--site", folder("site"), "--host", "gitlab.web=\(address)"]
        let data = ["try", "check"].contains(words[0]) ? [] : ["--data", folder("data")]
        let terminal = try Pseudoterminal(
            RunningLatchkey.binary, words + places + data,
            environment: ["LATCHKEY_KEY": ProcessHandle.sealingKey, "TERM": "dumb", "HOME": folder.path])
        // What is not asked is not answered; what is asked and not answered never ends.
        for (question, answer) in typing where await terminal.wait(for: question) {
            terminal.type(answer)
        }
        #expect(await terminal.waitForEnd() == .exited(code: 0), "\(terminal.text)")
        let shown = terminal.text.replacing(address, with: "https://gitlab.com").split(
            separator: "\n", omittingEmptySubsequences: false)
        // What the camera sees is in no document.
        let readable = shown.filter { line in !line.contains { "█▀▄".contains($0) } }
        // Addresses here are longer.
        let complete = "/oauth/device?user_code=0A44L90H".count
        return readable.joined(separator: "\n").replacing(
            "<\(address.count + complete) characters>",
            with: "<\("https://gitlab.com".count + complete) characters>")
    }

    @Test func `every command of the guide prints what the guide shows`() async throws {
        try await run { folder, service, address in
            for block in try Self.blocks("console") {
                let lines = block.split(separator: "\n", omittingEmptySubsequences: false)
                let words = try #require(lines.first).split(separator: " ").dropFirst(2).map(String.init)
                let expected = lines.dropFirst().joined(separator: "\n")
                let typing =
                    ["try", "link"].contains(words[0])
                    ? [("Application ID", "4f1c"), ("Personal access token", "")] : []
                let seen = try await see(words, folder, address, typing: typing)
                if words[0] == "try" { #expect(try Files.names(in: folder.path) == ["site"]) }
                #expect(Self.plain(seen) == Self.plain(expected), "latchkey \(words.joined(separator: " "))")
            }
            #expect(service.revoked == ["refresh-of-sean", "refresh-of-sean"])
        }
    }

    /// The lines that are not empty.
    private static func plain(_ text: String) -> [Substring] {
        text.split(separator: "\n")
    }

    @Test func `the same file signs in with a code of RFC 6749 and with an API key`() async throws {
        try await run { folder, service, address in
            let key = try await see(
                ["link", "gitlab", "--method", "key"], folder, address,
                typing: [("Personal access token", "glpat-of-sean")])
            #expect(key.hasSuffix("GitLab is connected as sean.\n"))
            let terminal = try Pseudoterminal(
                RunningLatchkey.binary,
                [
                    "link", "gitlab", "--method", "redirect", "--new-keys", "--account", "other", "--site",
                    folder("site"), "--host", "gitlab.web=\(address)", "--data", folder("data"),
                ],
                environment: ["LATCHKEY_KEY": ProcessHandle.sealingKey, "TERM": "dumb"])
            #expect(await terminal.wait(for: "Application ID"))
            terminal.type("4f1c")
            #expect(await terminal.wait(for: "The address: "))
            let page = try #require(terminal.text.split(separator: "\n").first { $0.hasPrefix(address) })
            let back = try await Client(userAgent: "a browser").send(ClientRequest(method: "GET", url: String(page)))
            terminal.type(try #require(back.headers["Location"]))
            #expect(await terminal.waitForEnd() == .exited(code: 0))
            #expect(terminal.text.hasSuffix("GitLab is connected as sean.\n"))
            let token = try await Command.latchkey(
                "token", "gitlab", "--account", "other", "--site", folder("site"), "--data", folder("data"))
            #expect(token.output == "access-of-sean\n")
            #expect(service.revoked == [])
        }
    }
}
