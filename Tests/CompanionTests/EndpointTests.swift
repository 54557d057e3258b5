import JSON
import Testing

@testable import Companion
@testable import HTTP

@Suite(.timeLimit(.minutes(1))) struct EndpointTests {
    struct Row: Sendable, CustomTestStringConvertible {
        let method: String
        let path: String
        let allow: String
        var testDescription: String { "\(method) \(path)" }
    }

    /// Every path of the table, with what it allows.
    static let rows: [Row] = [
        Row(method: "GET", path: "/healthz", allow: "GET, HEAD"),
        Row(method: "GET", path: "/sign-in/", allow: "GET, HEAD, POST"),
        Row(method: "POST", path: "/sign-in/", allow: "GET, HEAD, POST"),
        Row(method: "GET", path: "/sign-in/callback/", allow: "GET, HEAD"),
        Row(method: "POST", path: "/api/sign-out", allow: "POST"),
        Row(method: "GET", path: "/api/config", allow: "GET, HEAD, POST"),
        Row(method: "POST", path: "/api/config", allow: "GET, HEAD, POST"),
        Row(method: "GET", path: "/api/status", allow: "GET, HEAD"),
        Row(method: "GET", path: "/api/events", allow: "GET, HEAD"),
        Row(method: "GET", path: "/api/address/check", allow: "GET, HEAD"),
        Row(method: "GET", path: "/api/address/echo", allow: "GET, HEAD"),
        Row(method: "GET", path: "/api/token/{p}", allow: "GET, HEAD"),
        Row(method: "POST", path: "/api/token/{p}/rejected", allow: "POST"),
        Row(method: "GET", path: "/api/accounts", allow: "GET, HEAD"),
        Row(method: "POST", path: "/api/{p}/account/remove", allow: "POST"),
        Row(method: "GET", path: "/api/apikeys", allow: "GET, HEAD"),
        Row(method: "POST", path: "/api/apikeys/revoke", allow: "POST"),
        Row(method: "GET", path: "/api/{p}/status", allow: "GET, HEAD"),
        Row(method: "GET", path: "/api/{p}/avatar", allow: "GET, HEAD"),
        Row(method: "POST", path: "/api/{p}/pin/new", allow: "POST"),
        Row(method: "GET", path: "/api/{p}/pin/status", allow: "GET, HEAD"),
        Row(method: "POST", path: "/api/{p}/pin/cancel", allow: "POST"),
        Row(method: "POST", path: "/api/{p}/authorize", allow: "POST"),
        Row(method: "GET", path: "/{p}/oauth-callback/", allow: "GET, HEAD, POST"),
        Row(method: "POST", path: "/api/{p}/refresh", allow: "POST"),
        Row(method: "POST", path: "/api/{p}/disconnect", allow: "POST"),
        Row(method: "POST", path: "/api/{p}/token/reveal", allow: "POST"),
    ]
    /// Those with NowPlaying's names, which `NowPlayingTests` and `EndpointWalkTests` walk.
    static let nowPlaying = [
        "GET /{p}/auth-status/",
        "POST /{p}/oauth-callback/",
        "GET /{p}/get-stored-movies/",
        "GET /{p}/get-stored-shows/",
        "GET /{p}/sync-status/",
        "POST /{p}/forget-history/",
        "GET /{p}/authenticate/",
        "POST /{p}/authenticate/",
        "GET /{p}/refresh-token/",
        "POST /{p}/refresh-token/",
        "GET /{p}/fetch-latest-movies/",
        "POST /{p}/fetch-latest-movies/",
        "GET /{p}/fetch-latest-shows/",
        "POST /{p}/fetch-latest-shows/",
    ]
    /// Those that a page of another site could try: apps say who they are with each request.
    static let changing = rows.filter { $0.method == "POST" && !$0.path.hasPrefix("/api/token/") }

    let world: World

    init() throws { world = try World() }

    static func path(_ row: Row, _ name: String = "trakt") -> String {
        guard let slot = row.path.firstIndex(of: "{") else { return row.path }
        return row.path[..<slot] + name + row.path[slot...].dropFirst(3)
    }

    @Test func `the table is the one that these tests walk`() {
        let names = Endpoint.table.map { "\($0.method) \($0.path)" }
        #expect(names == Self.rows.map { "\($0.method) \($0.path)" } + Self.nowPlaying)
    }

    @Test(arguments: rows) func `another method is refused with those that are allowed`(row: Row) async {
        let path = Self.path(row)
        let answer = await world.send("DELETE", path, headers: ["Origin": World.origin])
        #expect(answer.headers["Allow"] == row.allow)
        #expect(
            answer.summary == """
                405 {"ok":false,"error":"method_not_allowed","message":"'\(path)' is not for DELETE.",\
                "hint":"Use \(row.allow)."}
                """)
        let options = await world.send("OPTIONS", path)
        #expect(options.summary == "204 ")
        #expect(options.headers["Allow"] == row.allow)
    }

    @Test(arguments: rows.filter { $0.allow == "POST" })
    func `what changes something is not done by GET`(row: Row) async {
        let answer = await world.get(Self.path(row), headers: ["Origin": World.origin])
        #expect(answer.status == 405)
        #expect(answer.headers["Allow"] == "POST")
    }

    @Test(arguments: changing) func `a change needs to come from the own page`(row: Row) async {
        let path = Self.path(row)
        #expect(
            await world.send("POST", path, [:]).summary == """
                403 {"ok":false,"error":"origin_missing","message":"The request does not say where it comes from.",\
                "hint":"Send the header 'Origin: http://127.0.0.1:8787' if you are a program on this machine."}
                """)
        #expect(
            await world.send("POST", path, [:], headers: ["Origin": "https://evil.example"]).summary == """
                403 {"ok":false,"error":"foreign_origin","message":"The request comes from 'https://evil.example', \
                which is not Latchkey's own page.","hint":"Open Latchkey at http://127.0.0.1:8787, \
                or set --public-url to the address that you use."}
                """)
    }

    @Test(arguments: rows.filter { $0.path.hasPrefix("/api/{p}") })
    func `an unknown provider is said to be unknown`(row: Row) async {
        let answer = await world.send(row.method, Self.path(row, "trackt"), headers: ["Origin": World.origin])
        #expect(
            answer.summary == """
                404 {"ok":false,"error":"unknown_provider","message":"There is no provider 'trackt'.",\
                "hint":"did you mean 'trakt'?"}
                """)
    }

    @Test func `what is not there is said not to be there`() async {
        #expect(
            await world.get("/nothing").summary
                == "404 There is nothing at this address. The settings page is at http://127.0.0.1:8787/\n")
        #expect(
            await world.get("/trackt/oauth-callback/").summary
                == "404 There is nothing at this address. The settings page is at http://127.0.0.1:8787/\n")
        #expect(
            await world.get("/api/nothing").summary
                == #"404 {"ok":false,"error":"not_found","message":"There is nothing at '/api/nothing'."}"#)
        for path in ["/api/trakt/status/", "/api//status", "/API/status", "/api/a/b/status", "/healthz/", "/healthz/x"]
        {
            #expect(await world.get(path).status == 404)
        }
    }

    @Test func `an account has a proper name, and only one`() async {
        #expect(
            await world.get("/api/status?account=../x").summary == """
                400 {"ok":false,"error":"bad_account","message":"'../x' is not a name: use 1 to 64 letters, digits, \
                '.', '-' and '_', and begin with a letter or digit."}
                """)
        #expect(
            await world.get("/api/status?account=a&account=b").summary == """
                400 {"ok":false,"error":"bad_account","message":"The query names more than one account.",\
                "hint":"Give one account."}
                """)
        #expect(await world.get("/api/trakt/status?account=alice").json["account"] == "alice")
    }

    @Test func `a body has to be declared and to be JSON`() async {
        let form = await world.post("/api/config", [:], headers: ["Content-Type": "text/plain; charset=utf-8"])
        #expect(
            form.summary == """
                415 {"ok":false,"error":"not_json","message":"The body is declared as 'text/plain'.",\
                "hint":"Send JSON with 'Content-Type: application/json'."}
                """)
        let broken = await world.companion.respond(
            to: Request(
                method: "POST", path: "/api/config",
                headers: ["Origin": World.origin, "Content-Type": "Application/JSON; charset=utf-8"],
                body: Array("{\n oops".utf8)))
        #expect(broken.status == 400)
    }

    @Test func `HEAD is answered where GET is`() async {
        #expect(await world.send("HEAD", "/healthz").summary == #"200 {"ok":true}"#)
        #expect(await world.send("HEAD", "/api/status").status == 200)
        let events = await world.send("HEAD", "/api/events")
        #expect(events.summary == "200 ")
        #expect(events.headers["Content-Type"] == "text/event-stream")
        #expect(world.companion.parts.events.count == 0)
    }
}
