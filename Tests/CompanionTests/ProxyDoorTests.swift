import JSON
import Testing
import Vault

@testable import Companion
@testable import HTTP

@Suite struct ProxyDoorTests {
    private let door = ProxyDoor(header: "Remote-User", administrators: ["root", "\u{E9}"])

    private func request(_ fields: [(String, String)], isListed: Bool = true) -> Request {
        var request = Request(method: "GET", path: "/api/status")
        for (name, value) in fields { request.headers.append(name, value) }
        request.sender = Sender(address: "203.0.113.7", isThroughProxy: isListed)
        return request
    }

    private func code(_ fields: [(String, String)], isListed: Bool = true) -> String {
        do {
            return try door.visitor(of: request(fields, isListed: isListed))?.name ?? "nobody"
        } catch {
            return "\(error.status) \(error.code)"
        }
    }

    @Test func `a listed proxy says who somebody is`() throws {
        let alice = try door.visitor(of: request([("Remote-User", "alice")]))
        #expect(
            alice
                == Visitor(
                    owner: "u-2bd806c97f0e00af1a1fc3328fa763a9269723c8", name: "alice", isAdministrator: false))
        #expect(try door.visitor(of: request([("remote-user", "root")]))?.isAdministrator == true)
        #expect(code([("Remote-User", "CN=alice"), ("X-Other", "bob")]) == "CN=alice")
    }

    @Test func `nobody else does`() {
        #expect(code([("Remote-User", "alice")], isListed: false) == "403 not_through_proxy")
        #expect(code([], isListed: false) == "403 not_through_proxy")
    }

    @Test(arguments: [
        ([], "401 not_signed_in"), ([("Remote-User", "")], "401 not_signed_in"),
        ([("Remote-User", "alice"), ("Remote-User", "bob")], "400 doubtful_user"),
        ([("Remote-User", "alice"), ("remote-user", "alice")], "400 doubtful_user"),
        ([("Remote-User", "alice"), ("Remote_User", "root")], "400 doubtful_user"),
        ([("REMOTE_USER", "root")], "400 doubtful_user"),
        ([("Remote-User", "alice, root")], "400 bad_user"), ([("Remote-User", "a\u{FFFD}")], "400 bad_user"),
        ([("Remote-User", "a\tb")], "400 bad_user"), ([("Remote-User", "a\u{85}")], "400 bad_user"),
        ([("Remote-User", String(repeating: "a", count: 257))], "400 bad_user"),
    ]) func `a field that is absent, doubled, in another spelling or unusable lets nobody in`(
        fields: [(String, String)], answer: String
    ) {
        #expect(code(fields) == answer)
    }

    @Test func `names that only look the same are two people`() throws {
        let (one, other) = ("\u{E9}", "e\u{301}")
        #expect(one == other)
        #expect(Visitor.owner(ofUser: one) != Visitor.owner(ofUser: other))
        #expect(try door.visitor(of: request([("Remote-User", one)]))?.isAdministrator == true)
        #expect(try door.visitor(of: request([("Remote-User", other)]))?.isAdministrator == false)
        #expect(Visitor.owner(ofUser: "alice") != Visitor.owner(ofUser: "Alice"))
    }

    @Test func `an owner's name is one that the vault takes, and no name of a user is the default one`() {
        for name in ["default", "../../etc/passwd", "u-1", "\u{1F600}", " "] {
            let owner = Visitor.owner(ofUser: name)
            #expect(VaultName.isValid(owner) && Visitor.isOwner(owner) && owner != VaultName.default)
        }
        #expect(!["u-1", "sessions", "", "u-" + String(repeating: "G", count: 40)].contains(where: Visitor.isOwner))
    }
}

/// Every endpoint of the table behind a proxy's door.
@Suite(.timeLimit(.minutes(1))) struct ProxyDoorTableTests {
    private func answer(
        _ row: EndpointTests.Row, _ headers: HeaderFields, isListed: Bool, origin: String = World.origin
    ) async throws -> World.Answer {
        let world = try World()
        var settings = world.companion.settings
        settings.door = .proxy(header: "Remote-User", administrators: [])
        let companion = await world.companion.replacing(
            catalogue: world.companion.parts.catalogue, settings: settings, log: world.companion.parts.log)
        var request = Request(method: row.method, path: EndpointTests.path(row), headers: headers)
        request.headers["Origin"] = origin
        request.sender = Sender(address: "203.0.113.7", isThroughProxy: isListed)
        let response = await companion.respond(to: request)
        guard case .bytes(let bytes) = response.body else {
            return World.Answer(status: response.status, headers: response.headers, text: "a stream")
        }
        return World.Answer(
            status: response.status, headers: response.headers, text: String(decoding: bytes, as: UTF8.self))
    }

    /// What is for those who are not known, too, and what it answers them. Nobody signs in here: the proxy did that.
    private static let open: [String: [Int]] = [
        "/healthz": [200], "/{p}/oauth-callback/": [400], "/sign-in/": [303, 409], "/sign-in/callback/": [404],
        "/api/address/echo": [404],
        "/api/sign-out": [409], "/api/token/{p}": [401], "/api/token/{p}/rejected": [401],
    ]

    @Test(arguments: EndpointTests.rows) func `an endpoint is closed to whom no listed proxy names`(
        row: EndpointTests.Row
    ) async throws {
        let alice: HeaderFields = ["Remote-User": "alice"]
        let stranger = try await answer(row, alice, isListed: false)
        let nobody = try await answer(row, [:], isListed: true)
        let doubtful = try await answer(row, ["Remote-User": "alice", "Remote_User": "root"], isListed: true)
        let known = try await answer(row, alice, isListed: true)
        if let statuses = Self.open[row.path] {
            let answers = [stranger, nobody, doubtful, known].map(\.status)
            #expect(statuses.contains(known.status) && answers == Array(repeating: known.status, count: 4))
        } else {
            #expect(stranger.status == 403 && stranger.json["error"] == "not_through_proxy")
            #expect(nobody.status == 401 && nobody.json["error"] == "not_signed_in")
            #expect(doubtful.status == 400 && doubtful.json["error"] == "doubtful_user")
            #expect(known.status != 401 && known.status != 403)
        }
        guard EndpointTests.changing.contains(where: { $0.path == row.path && $0.method == row.method }) else { return }
        let foreign = try await answer(row, alice, isListed: true, origin: "https://evil.example")
        #expect(foreign.status == 403 && foreign.json["error"] == "foreign_origin")
    }
}
