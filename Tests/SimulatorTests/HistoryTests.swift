import HTTP
import JSON
import Testing

@testable import Simulator

/// What was watched at the simulated Trakt (https://docs.trakt.tv/docs/pagination, pull request 925 of trakt-api).
@Suite(.timeLimit(.minutes(1))) struct HistoryTests {
    let world: World

    init() throws { world = try World() }

    private func page(_ query: String, _ kind: String = "movies", token: String? = nil) async throws -> World.Answer {
        var headers: HeaderFields = [
            "Content-Type": "application/json", "trakt-api-version": "2", "trakt-api-key": "app",
        ]
        headers["Authorization"] = token.map { "Bearer \($0)" }
        return try await world.get("/trakt/api/sync/history/\(kind)?\(query)", headers)
    }

    private func token() async throws -> String {
        let headers: HeaderFields = ["trakt-api-version": "2", "trakt-api-key": "app"]
        let code = try await world.post("/trakt/auth/oauth/device/code", json: ["client_id": "app"], headers)
        world.simulator.approve(.trakt)
        let body: JSON = ["client_id": "app", "code": code.json["device_code"] ?? .null]
        let answer = try await world.post("/trakt/auth/oauth/device/token", json: body, headers)
        return answer.json["access_token"]?.stringValue ?? ""
    }

    @Test func `pages are counted in header fields, newest first, 100 to a page and 250 at most`() async throws {
        world.simulator.watch(.trakt, "movies", count: 260)
        #expect(try await page("page=1").status == 401)
        let token = try await token()
        let first = try await page("", token: token)
        let counts = ["Page", "Limit", "Page-Count", "Item-Count"].map { first.headers["X-Pagination-\($0)"] }
        #expect(counts == ["1", "100", "3", "260"])
        #expect(first.json[path: "0.movie.title"] == "Film 260")
        let large = try await page("limit=1000", token: token)
        #expect(large.headers["X-Pagination-Limit"] == "250")
        #expect(large.json.arrayValue?.count == 250)
        #expect(try await page("page=9&limit=0", token: token).json[path: "0.movie.title"] == "Film 252")
        #expect(try await page("page=99999999999999999999&limit=x", token: token).json.arrayValue?.count == 100)
        world.simulator.unwatch(.trakt, "movies", index: 0)
        world.simulator.watch(.trakt, "movies", count: 1, isEarlier: true)
        #expect(try await page("limit=1", token: token).json[path: "0.movie.title"] == "Film 259")
        #expect(try await page("page=260&limit=1", token: token).json[path: "0.movie.title"] == "Film 261")
        #expect(try await page("", "shows", token: token).json == [])
        #expect(world.simulator.complaints(.trakt) == [])
    }

    @Test func `plays are set over HTTP, too`() async throws {
        let control = "/control/trakt"
        #expect(
            try await world.post(control, json: ["watch": ["kind": "shows", "count": 4, "titles": 2]]).status == 200)
        #expect(try await world.post(control, json: ["unwatch": ["kind": "shows", "index": 3]]).status == 200)
        let shows = try await page("", "shows", token: try await token()).json
        #expect(shows.arrayValue?.count == 3)
        #expect(shows[path: "0.show.title"] == "Series 2" && shows[path: "0.episode.season"] != nil)
        for wrong in [["kind": "songs"], ["count": 3], ["kind": "shows", "count": 0]] as [JSON] {
            #expect(try await world.post(control, json: ["watch": wrong]).status == 422)
        }
    }
}
