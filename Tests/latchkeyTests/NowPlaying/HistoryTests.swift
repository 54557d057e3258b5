import Files
import HTTP
import JSON
import Simulator
import TestSupport
import Testing

/// What was watched: fetched from the simulated Trakt in pages of 250, stored, listed.
@Suite(.timeLimit(.minutes(2)))
struct HistoryTests {
    let world: World
    private let movies = "GET /sync/history/movies"

    init() async throws {
        world = try await World()
        try await world.enterKeys()
        try await world.link()
    }

    private var simulator: Simulator { world.simulator }

    // MARK: The good way

    @Test func `a history is fetched in the background and listed newest first`() async throws {
        simulator.watch(.trakt, "movies", count: 600, titles: 250)
        let begun = try await world.post("/trakt/fetch-latest-movies/")
        #expect(
            begun.summary == #"200 {"message":"Movie sync started in background","status":"processing"}"#)
        let status = try await world.synced("movies")
        #expect(status["plays"] == 600)
        #expect(status.text("synced_at").contains(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/))
        #expect(simulator.counts(.trakt)[movies] == 3)
        let page = try await world.get("/trakt/get-stored-movies/").json
        #expect(page["page"] == 1 && page["page_size"] == 5 && page["total_items"] == 250 && page["total_pages"] == 50)
        #expect(page["movies"]?.arrayValue?.count == 5)
        // The newest play is the 600th, of the 100th film, which is in its third turn.
        #expect(
            page[path: "movies.0"] == [
                "plays": 3, "last_watched_at": "2017-07-18T06:40:00Z",
                "last_updated_at": page[path: "movies.0.last_updated_at"] ?? .null,
                "times": ["2017-07-18T06:40:00Z", "2017-07-16T13:00:00Z", "2017-07-14T19:20:00Z"],
                "movie": [
                    "id": "100", "title": "Film 100", "year": 1975, "image_url": .null,
                    "ids": ["trakt": 100, "slug": "film-100", "imdb": "tt100", "tmdb": 100_100],
                ],
            ])
        let titles = try await world.allStored("movies", size: 100).map { $0.text("movie.title") }
        #expect(titles == Array((1...100).reversed() + (101...250).reversed()).map { "Film \($0)" })
        #expect(simulator.complaints(.trakt) == [])
    }

    @Test func `shows are listed with their newest episode`() async throws {
        simulator.watch(.trakt, "shows", count: 20, titles: 4)
        #expect(try await world.post("/trakt/fetch-latest-shows/").json["message"] == "Show sync started in background")
        try await world.synced("shows")
        let page = try await world.get("/trakt/get-stored-shows/?page=2&page_size=3").json
        #expect(page["total_items"] == 4 && page["total_pages"] == 2)
        let show = page[path: "shows.0"] ?? .null
        #expect(show["plays"] == 5 && show[path: "show.title"] == "Series 1" && show[path: "show.id"] == "1")
        #expect(show["last_episode"] == ["season": 3, "number": 17, "title": "Episode 16"])
        #expect(try await world.get("/trakt/get-stored-movies/").json["total_items"] == 0)
    }

    @Test func `pages that cannot be are refused, and those beyond the end are empty`() async throws {
        simulator.watch(.trakt, "movies", count: 7)
        try await world.sync("movies")
        func page(_ query: String) async throws -> Answer { try await world.get("/trakt/get-stored-movies/?\(query)") }
        for query in ["page=0", "page=-1", "page=x", "page=1&page=2", "page_size=0", "page_size=101", "page="] {
            #expect(try await page(query).summary.hasPrefix("422 {\"ok\":false,\"error\":\"bad_page\""), "\(query)")
        }
        #expect(try await page("page=2&page_size=5").json["movies"]?.arrayValue?.count == 2)
        let beyond = try await page("page=1000000000&page_size=100").json
        #expect(
            beyond == [
                "page": 1_000_000_000, "page_size": 100, "total_items": 7, "total_pages": 1, "movies": [],
            ])
    }

    @Test func `a second call joins the one that is going on, whose progress is told`() async throws {
        simulator.watch(.trakt, "movies", count: 600)
        simulator.add(Fault(.hold, times: nil, endpoint: movies), to: .trakt)
        try await world.post("/trakt/fetch-latest-movies/")
        await simulator.waitForRequests(1, to: movies, of: .trakt)
        let again = try await world.post("/trakt/fetch-latest-movies/")
        #expect(again.json["message"] == "Movie sync is going on already")
        simulator.release(.trakt)
        await simulator.waitForRequests(2, to: movies, of: .trakt)
        let progress = try await world.get("/trakt/sync-status/").json
        #expect(progress[path: "movies.status"] == "processing")
        #expect(progress[path: "movies.page"] == 1 && progress[path: "movies.pages"] == 3)
        #expect(progress[path: "movies.plays"] == 250 && progress[path: "movies.items"] == 600)
        #expect(progress["shows"] == ["status": "idle", "plays": 0])
        // What has come is listed while the rest comes.
        #expect(try await world.get("/trakt/get-stored-movies/").json["total_items"] == 250)
        simulator.clearFaults(.trakt)
        try await world.synced("movies")
        #expect(simulator.counts(.trakt)[movies] == 3)
    }

    // MARK: Again

    @Test func `the next time only what is new is fetched, and what was removed or entered late is found`() async throws
    {
        simulator.watch(.trakt, "movies", count: 600)
        try await world.sync("movies")
        try await world.sync("movies")
        #expect(simulator.counts(.trakt)[movies] == 4)
        simulator.watch(.trakt, "movies", count: 2)
        try await world.sync("movies")
        #expect(simulator.counts(.trakt)[movies] == 5)
        #expect(try await world.get("/trakt/get-stored-movies/").json["total_items"] == 602)
        simulator.watch(.trakt, "movies", count: 1, isEarlier: true)
        try await world.sync("movies")
        #expect(simulator.counts(.trakt)[movies] == 8)
        simulator.unwatch(.trakt, "movies", index: 400)
        try await world.sync("movies")
        #expect(simulator.counts(.trakt)[movies] == 11)
        let stored = try await world.allStored("movies", size: 100).map { $0.text("movie.title") }
        #expect(stored.count == 602 && Set(stored).count == 602)
        #expect(stored.first == "Film 602" && stored.last == "Film 603" && !stored.contains("Film 202"))
    }

    @Test func `what is watched or removed while pages come is neither lost nor doubled`() async throws {
        simulator.watch(.trakt, "movies", count: 1000)
        simulator.add(Fault(.hold, times: nil, endpoint: movies), to: .trakt)
        try await world.post("/trakt/fetch-latest-movies/")
        await simulator.waitForRequests(1, to: movies, of: .trakt)
        simulator.release(.trakt)
        await simulator.waitForRequests(2, to: movies, of: .trakt)
        simulator.watch(.trakt, "movies", count: 3)
        simulator.release(.trakt)
        await simulator.waitForRequests(3, to: movies, of: .trakt)
        for _ in 0..<10 { simulator.unwatch(.trakt, "movies", index: 5) }
        simulator.clearFaults(.trakt)
        #expect(try await world.synced("movies")["plays"] == 993)
        let stored = try await world.allStored("movies", size: 100).map { $0.text("movie.title") }
        let gone = (989...998).map { "Film \($0)" }
        #expect(stored == (1...1003).reversed().map { "Film \($0)" }.filter { !gone.contains($0) })
    }

    // MARK: Trouble

    @Test func `patience that is asked for is had, and the wait is told`() async throws {
        simulator.watch(.trakt, "movies", count: 300)
        simulator.add(Fault(.status(429), times: 1, endpoint: movies, retryAfter: 3), to: .trakt)
        try await world.post("/trakt/fetch-latest-movies/")
        let said = try await world.waitForLog("history sync waits")
        #expect(said?.contains("seconds=3") == true)
        var status = try await world.get("/trakt/sync-status/").json["movies"] ?? .null
        if status["status"] == "waiting" {
            #expect(status["message"] == "Trakt asks to wait for 3 seconds." && status["retry_at"] != nil)
        }
        status = try await world.synced("movies")
        #expect(status["plays"] == 300)
        #expect(simulator.counts(.trakt)[movies] == 3)
    }

    @Test(arguments: [
        Fault(.status(503), endpoint: "GET /sync/history/movies"),
        Fault(.notJSON, endpoint: "GET /sync/history/movies"),
        Fault(.emptyBody, endpoint: "GET /sync/history/movies"),
        Fault(.lostAnswer, endpoint: "GET /sync/history/movies"),
    ])
    func `one failure does not end it`(fault: Fault) async throws {
        simulator.watch(.trakt, "movies", count: 10)
        simulator.add(fault, to: .trakt)
        try await world.sync("movies")
        #expect(try await world.get("/trakt/get-stored-movies/").json["total_items"] == 10)
        #expect(simulator.counts(.trakt)[movies] == 2)
    }

    @Test func `a token that is refused is refreshed once`() async throws {
        simulator.watch(.trakt, "movies", count: 10)
        simulator.add(Fault(.status(401), times: 1, endpoint: movies), to: .trakt)
        try await world.sync("movies")
        #expect(simulator.counts(.trakt)["POST /oauth/token"] == 1)
        simulator.endSessions(.trakt)
        try await world.post("/trakt/fetch-latest-movies/")
        let status = try await world.status("movies") { $0["status"] == "failed" }
        #expect(
            status == [
                "status": "failed", "plays": 10, "synced_at": status["synced_at"] ?? .null, "error": "reconnect_needed",
                "message": "Trakt has ended this link. Sign in again.",
            ])
        #expect(try await world.get("/trakt/get-stored-movies/").json["total_items"] == 10)
    }

    @Test func `without a connection or a description there is nothing to fetch`() async throws {
        let other = try await world.post("/trakt/fetch-latest-movies/?account=home")
        #expect(other.status == 409)
        #expect(other.json["error"] == "not_linked")
        #expect(other.json["auth_url"] == .string("\(try world.url)/trakt/authenticate/?account=home"))
        for path in ["get-stored-movies", "sync-status"] {
            #expect(
                try await world.get("/plex/\(path)/").summary.hasPrefix("404 {\"ok\":false,\"error\":\"no_history\""))
        }
        #expect(try await world.post("/plex/fetch-latest-movies/").json["error"] == "no_history")
        #expect(!(try Files.exists(world.folder("data/history/default/home"))))
    }

    // MARK: What is kept

    @Test func `a killed process loses nothing that was told, doubles nothing, and goes on by itself`() async throws {
        simulator.watch(.trakt, "movies", count: 1600, titles: 700)
        simulator.add(Fault(.hold, times: nil, endpoint: movies), to: .trakt)
        try await world.post("/trakt/fetch-latest-movies/")
        for count in 1...3 {
            await simulator.waitForRequests(count, to: movies, of: .trakt)
            simulator.release(.trakt)
        }
        await simulator.waitForRequests(4, to: movies, of: .trakt)
        #expect(try await world.get("/trakt/sync-status/").json[path: "movies.plays"] == 750)
        let before = try await world.allStored("movies", size: 100)
        #expect(before.count == 500)
        // What a write leaves that was under way.
        let journal = world.folder("data/history/default/default/trakt-movies.journal")
        try await world.kill()
        let whole = try Files.read(journal)
        try OpenFile(appendingTo: journal).append(Array(whole.suffix(5000).prefix(4000)))
        simulator.clearFaults(.trakt)
        let asked = simulator.counts(.trakt)[movies] ?? 0
        try await world.start()
        try await world.synced("movies")
        // The fourth page was asked for before, and its answer was lost; the first three are not asked for again.
        #expect((simulator.counts(.trakt)[movies] ?? 0) - asked == 4)
        let after = try await world.allStored("movies", size: 100)
        #expect(after.count == 700)
        #expect(after.reduce(0) { $0 + ($1["plays"]?.intValue ?? 0) } == 1600)
        #expect(Set(before.map { $0.text("movie.title") }).isSubset(of: after.map { $0.text("movie.title") }))
        #expect(try Files.permissions(of: journal) == 0o600)
        try await world.crash()
        #expect(try await world.allStored("movies", size: 100) == after)
        #expect(simulator.counts(.trakt)[movies] == asked + 4)
    }

    @Test func `a disconnection keeps what was stored until somebody says to forget it`() async throws {
        simulator.watch(.trakt, "movies", count: 10)
        try await world.sync("movies")
        #expect(try await world.post("/api/trakt/disconnect").status == 200)
        #expect(try await world.get("/trakt/get-stored-movies/").json["total_items"] == 10)
        #expect(try await world.post("/trakt/forget-history/").json == ["ok": true, "forgotten": ["movies"]])
        #expect(try await world.get("/trakt/get-stored-movies/").json["total_items"] == 0)
        #expect(try await world.get("/trakt/sync-status/").json[path: "movies.status"] == "idle")
        #expect(try await world.post("/trakt/forget-history/").json == ["ok": true, "forgotten": []])
        #expect(try Files.regularFiles(below: world.folder("data/history")).filter { $0.contains("movies") } == [])
    }

    @Test func `whoever is connected while pages come gets none of them, and gives none`() async throws {
        simulator.watch(.trakt, "movies", count: 600)
        simulator.add(Fault(.hold, times: nil, endpoint: movies), to: .trakt)
        try await world.post("/trakt/fetch-latest-movies/")
        await simulator.waitForRequests(1, to: movies, of: .trakt)
        simulator.release(.trakt)
        await simulator.waitForRequests(2, to: movies, of: .trakt)
        // It cannot be known whose the new connection is.
        simulator.add(Fault(.status(503), times: nil, endpoint: "GET /users/settings"), to: .trakt)
        let before = try await world.status(.trakt)["linked_at"]
        try await world.begin(.trakt, method: "device")
        simulator.approve(.trakt, account: "dora")
        try await world.status(.trakt) { $0["linked_at"] != before && $0["linked_at"] != nil }
        simulator.clearFaults(.trakt)
        #expect(try await world.synced("movies")["plays"] == 600)
        // Both pages of the first one are asked for again: all that is stored came by the second connection.
        #expect(simulator.counts(.trakt)[movies] == 5)
    }

    @Test func `another account at the provider begins with nothing`() async throws {
        simulator.watch(.trakt, "movies", count: 10)
        try await world.sync("movies")
        simulator.reset(.trakt)
        simulator.configure(.trakt) { ($0.account, $0.interval) = ("another", 1) }
        simulator.watch(.trakt, "movies", count: 3, titles: 3)
        try await world.link(account: "another")
        try await world.sync("movies")
        #expect(try await world.get("/trakt/get-stored-movies/").json["total_items"] == 3)
    }

    @Test func `one person neither sees nor changes the history of another`() async throws {
        let house = try await House(.proxy)
        let (alice, bob) = (try await house.fields("alice"), try await house.fields("bob"))
        house.world.simulator.watch(.trakt, "movies", count: 3)
        func post(_ path: String, _ body: JSON? = nil, _ fields: HeaderFields) async throws -> Answer {
            try await house.world.post(path, body, fields)
        }
        for fields in [alice, bob] {
            #expect(try await post("/api/config", ["trakt": ["client_id": "app"]], fields).status == 200)
        }
        #expect(try await post("/api/trakt/pin/new", ["method": "device"], alice).status == 200)
        house.world.simulator.approve(.trakt)
        let field = try #require(alice.fields.first)
        let feed = try await EventFeed(port: try house.world.port, field: "\(field.name): \(field.value)")
        _ = try await feed.status("trakt") { $0.text("state") == "connected" }
        #expect(try await post("/trakt/fetch-latest-movies/", nil, alice).status == 200)
        var status = JSON.null
        while status["status"] != "done" {
            status = try await house.world.get("/trakt/sync-status/", alice).json["movies"] ?? .null
        }
        let stored = try await house.world.get("/trakt/get-stored-movies/", alice)
        #expect(stored.json["total_items"] == 3)
        #expect(try await house.world.get("/trakt/get-stored-movies/", bob).json["total_items"] == 0)
        #expect(try await house.world.get("/trakt/sync-status/", bob).json[path: "movies.status"] == "idle")
        #expect(try await post("/trakt/fetch-latest-movies/", nil, bob).status == 409)
        #expect(try await post("/trakt/forget-history/", nil, bob).json == ["ok": true, "forgotten": []])
        #expect(try await house.world.get("/trakt/get-stored-movies/", alice).json == stored.json)
    }

    @Test func `forgetting ends what is going on`() async throws {
        simulator.watch(.trakt, "movies", count: 10)
        simulator.add(Fault(.hold, times: nil, endpoint: movies), to: .trakt)
        try await world.post("/trakt/fetch-latest-movies/")
        await simulator.waitForRequests(1, to: movies, of: .trakt)
        async let forgotten = world.post("/trakt/forget-history/")
        simulator.clearFaults(.trakt)
        #expect(try await forgotten.json["forgotten"] == ["movies"])
        #expect(try await world.get("/trakt/get-stored-movies/").json["total_items"] == 0)
        #expect(try await world.get("/trakt/sync-status/").json[path: "movies.status"] == "idle")
    }
}

extension World {
    /// Links Trakt with a code, and waits until its name is known.
    func link(account: String = "demo") async throws {
        try await begin(.trakt, method: "device")
        simulator.approve(.trakt)
        try await status(.trakt) { $0.text("state") == "connected" && $0.text("account_name") == account }
    }

    /// How the synchronisation of a kind stands, once it stands as wished.
    @discardableResult
    func status(_ kind: String, where fits: (JSON) -> Bool) async throws -> JSON {
        while true {
            let status = try await get("/trakt/sync-status/").json[kind] ?? .null
            if fits(status) { return status }
            await Task.yield()
        }
    }

    /// Waits until a synchronisation has ended well.
    @discardableResult
    func synced(_ kind: String) async throws -> JSON {
        let status = try await status(kind) { ["done", "failed"].contains($0.text("status")) }
        if status["status"] != "done" { throw Trouble(description: "\(status)") }
        return status
    }

    /// Begins a synchronisation and waits for its end.
    func sync(_ kind: String) async throws {
        let begun = try await post("/trakt/fetch-latest-\(kind)/")
        if begun.status != 200 { throw Trouble(description: begun.summary) }
        try await synced(kind)
    }

    /// All pages that are stored, one after the other.
    func allStored(_ kind: String, size: Int) async throws -> [JSON] {
        var entries: [JSON] = []
        var number = 1
        while true {
            let page = try await get("/trakt/get-stored-\(kind)/?page=\(number)&page_size=\(size)").json
            entries += page[kind]?.arrayValue ?? []
            if number >= page["total_pages"]?.intValue ?? 0 { return entries }
            number += 1
        }
    }
}
