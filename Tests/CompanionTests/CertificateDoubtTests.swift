import JSON
import Simulator
import TestSupport
import Testing
import Vault

@testable import Companion

/// Servers of people's own whose certificates are not those of the public web: who is believed, and what is said.
@Suite(.timeLimit(.minutes(2))) struct CertificateDoubtTests {
    private let world: World
    private let home: TestAuthority

    init() async throws {
        world = try World(only: "sonarr")
        home = try await TestAuthority()
    }

    /// A Sonarr in small, over TLS.
    private func serve(
        _ name: String, host: String = "IP:127.0.0.1", _ validity: TestAuthority.Validity = .now
    ) async throws -> TestTLSServer {
        try await home.certify(name, host: host, validity)
        let head = "HTTP/1.0 200 OK\r\nContent-Type: application/json\r\n\r\n"
        let status = head + #"{"appName": "Sonarr", "instanceName": "Home"}"#
        return try await TestTLSServer(home, name, answers: ["api/v3/system/status": status])
    }

    private func enter(_ values: [String: JSON]) async -> World.Answer {
        await world.post("/api/config", ["sonarr": .object(JSONObject(values.sorted { $0.key < $1.key }.map { $0 }))])
    }

    /// What a sign-in comes to: the word and the sentences.
    private func connect(_ body: JSON = [:]) async -> [String?] {
        let answer = await world.post("/api/sonarr/authorize", body).json
        if answer["ok"] == true { return ["ok"] }
        return ["error", "message", "hint"].map { answer[$0]?.stringValue }
    }

    private static let untrusted = [
        "tls_untrusted", "The certificate of this Sonarr is not trusted.",
        "Choose a CA file in its settings, or, in a network that you trust, not to check the certificate.",
    ]

    @Test func `a certificate of one's own is believed with its CA file alone, as the file is at that moment`()
        async throws
    {
        let server = try await serve("server.pem")
        let entered = await enter(["server": .string("https://127.0.0.1:\(server.port)"), "api_key": "secret"])
        #expect(entered.status == 200)
        #expect(entered.json["instances"]?["sonarr.server"]?["error"] == "tls_untrusted")
        #expect(await connect() == Self.untrusted)
        // It is no question of being offline: nothing is kept unchecked.
        #expect(await connect(["unchecked": true]) == Self.untrusted)
        #expect(try await world.stored("auth") == nil)

        #expect(await enter(["tls": "ca_file", "ca_file": "home.pem"]).status == 200)
        #expect(
            await connect() == [
                "tls_untrusted", "Sonarr was not asked: there is no CA file 'home.pem'.",
                "Put it into the folder 'certificates' of Latchkey's data folder.",
            ])
        try world.folder.write("no certificate", to: "certificates/home.pem")
        #expect(
            await connect() == [
                "tls_untrusted", "Sonarr was not asked: the CA file holds no certificate.",
                "It must be a PEM file, with lines that say BEGIN CERTIFICATE.",
            ])
        try world.folder.write(home.folder.text(of: "ca.pem"), to: "certificates/home.pem")
        #expect(await connect() == ["ok"])
        #expect(await world.get("/api/sonarr/status").json["unverified_tls"] == nil)
        // Another authority takes its place.
        let other = try await TestAuthority()
        try world.folder.write(other.folder.text(of: "ca.pem"), to: "certificates/home.pem")
        #expect(await connect() == Self.untrusted)
    }

    @Test func `no check is a choice that is said loudly, and ends with it`() async throws {
        let server = try await serve("server.pem")
        let url: JSON = .string("https://127.0.0.1:\(server.port)")
        #expect(await enter(["server": url, "api_key": "secret", "tls": "none"]).status == 200)
        #expect(await connect() == ["ok"])
        #expect(await world.get("/api/sonarr/status").json["unverified_tls"] == true)
        #expect(world.lines.all.contains { $0.contains("warning") && $0.contains("certificate not checked") })
        #expect(await enter(["tls": "verify"]).status == 200)
        #expect(await world.get("/api/sonarr/status").json["unverified_tls"] == nil)
        #expect(await connect() == Self.untrusted)
    }

    @Test(arguments: [
        (
            "DNS:sonarr.example", TestAuthority.Validity.now,
            "The certificate of this Sonarr is for another name than the one in its address.",
            "Enter the address with the name for which the certificate was made."
        ),
        ("IP:127.0.0.1", .over, "The certificate of this Sonarr has expired.", "Renew it at the server."),
        (
            "IP:127.0.0.1", .later, "The certificate of this Sonarr is not valid yet.",
            "Look at the clocks of the server and of this machine."
        ),
    ]) func `what is wrong with a certificate is told, and nobody is told not to check it`(
        host: String, validity: TestAuthority.Validity, message: String, hint: String
    ) async throws {
        let server = try await serve("server.pem", host: host, validity)
        try world.folder.write(home.folder.text(of: "ca.pem"), to: "certificates/home.pem")
        let url: JSON = .string("https://127.0.0.1:\(server.port)")
        _ = await enter(["server": url, "api_key": "secret", "tls": "ca_file", "ca_file": "home.pem"])
        #expect(await connect() == ["tls_untrusted", message, hint])
    }

    @Test(arguments: ["../default.json", "/etc/passwd", "a/b.pem", ".hidden", "", "a\u{0}b"])
    func `a CA file is a name in its folder`(name: String) async throws {
        let server = try await serve("server.pem")
        let url: JSON = .string("https://127.0.0.1:\(server.port)")
        _ = await enter(["server": url, "api_key": "secret", "tls": "ca_file"])
        if !name.isEmpty {
            let answer = await enter(["ca_file": .string(name)])
            #expect(answer.status == 422)
            // Somebody may have written it into the vault's file.
            try await world.vault.apply(
                [.set("sonarr", "ca_file", to: .string(name))], owner: "default", account: "default")
        }
        #expect(await connect().first == "tls_untrusted")
        #expect(await connect()[1]?.hasPrefix("Sonarr was not asked: there is no CA file '") == true)
    }

    @Test func `a server without TLS is told from one with a bad certificate`() async throws {
        let url: JSON = .string(world.server.url.replacing("http://", with: "https://"))
        _ = await enter(["server": url, "api_key": "secret"])
        #expect(
            await connect() == [
                "tls_untrusted", "There is no secure connection to this Sonarr.",
                "Look whether its address should begin with http:// instead of https://, and at its port.",
            ])
    }
}
