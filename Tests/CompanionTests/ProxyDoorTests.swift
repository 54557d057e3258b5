import HTTP
import Testing
import Vault

@testable import Companion

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
