import HTTP
import JSON
import Synchronization
import TestSupport
import Testing
import Vault

@testable import Companion

/// A server that says itself where its endpoints are, and says something that it should not.
@Suite(.timeLimit(.minutes(1))) struct DiscoveryTrustTests {
    /// Begins a sign-in with an issuer that says this of itself; the words and sentences of the answer.
    private static func begin(_ metadata: @escaping @Sendable (String) -> JSON) async throws -> (JSON, Int) {
        let asked = Mutex(0)
        let issuer = Mutex("")
        var answer = JSON.null
        try await TestServer.run(responder: { _ in
            asked.withLock { $0 += 1 }
            return .json(200, metadata(issuer.withLock(\.self)))
        }) { server in
            let url = "http://127.0.0.1:\(server.port)"
            issuer.withLock { $0 = url }
            let world = try World(only: "oidc")
            try await world.vault.apply(
                [.set("oidc", "issuer", to: .string(url)), .set("oidc", "client_id", to: "app")], owner: "default",
                account: "default")
            answer = await world.post("/api/oidc/pin/new", ["method": "device"]).json
        }
        return (answer, asked.withLock(\.self))
    }

    @Test(arguments: [
        "https://169.254.169.254/device", "https://[fd00:ec2::254]/device", "https://metadata.google.internal/device",
        "https://2852039166/device",
    ]) func `a metadata service is not asked, whoever names it`(endpoint: String) async throws {
        let (answer, _) = try await Self.begin { issuer in
            [
                "issuer": .string(issuer), "token_endpoint": "https://id.example/token",
                "device_authorization_endpoint": .string(endpoint),
            ]
        }
        #expect(answer["ok"] == false)
        #expect(answer["error"] == "unreachable")
        let message = answer["message"]?.stringValue ?? ""
        #expect(message.hasSuffix(" leads to a metadata service of a cloud, which is never asked."), "\(message)")
    }

    @Test func `http leads to private networks alone, whoever names it`() async throws {
        let (answer, _) = try await Self.begin { issuer in
            ["issuer": .string(issuer), "device_authorization_endpoint": "http://8.8.8.8/device"]
        }
        #expect(answer["error"] == "unreachable")
        #expect(
            answer["message"]
                == "OpenID Connect or OAuth is not asked at this address: 8.8.8.8 is not in a private network: its address must begin with https://."
        )
    }

    @Test(arguments: [
        "javascript:alert(1)", "file:///etc/passwd", "https://user:secret@id.example/device",
        "https://id.example/device#x", "//evil.example/device", "https://id.example\\@evil.example/", " ",
    ]) func `an address that is none is refused before anything is sent there`(endpoint: String) async throws {
        let (answer, asked) = try await Self.begin { issuer in
            ["issuer": .string(issuer), "device_authorization_endpoint": .string(endpoint)]
        }
        #expect(answer["error"] == "discovery_failed")
        #expect(
            answer["message"] == "127.0.0.1 names a device_authorization_endpoint that cannot be used.")
        // Two places were looked at for what it offers, and nothing else.
        #expect(asked == 2)
    }
}
