import JSON
import Testing

@testable import Providers

/// How histories are described, asked for and read.
@Suite struct HistoryTests {
    private func question(_ kind: HistoryKind = .movies) throws -> HistoryQuestion {
        try #require(HistoryQuestion(kind, TokenSet(accessToken: "token"), in: try context("trakt")))
    }

    private func problems(_ history: String) throws -> String {
        do {
            let head = """
                { label: "Demo", color: "#000000", hosts: { api: "https://demo.example" },
                  methods: [{ kind: "key", check: { url: "{{hosts.api}}/" } }],

                """
            _ = try described("\(head)  history: \(history) }")
            return "none"
        } catch {
            return "\(error)"
        }
    }

    // MARK: Descriptions

    @Test func `mistakes are told with their places`() throws {
        #expect(
            try problems(
                """
                {
                  films: {},
                  movies: {
                    url: "{{hosts.api}}/h", query: { from: "{{page}}", size: "{{offset}}" },
                    map: { a: "b" }, item: { key: "a..b", title: "t", seasn: "s" },
                  },
                  shows: {
                    url: "{{hosts.api}}/h", item: { key: "k", title: "t", watched_at: "w", season: "s" }, list: 3,
                    paging: { limit: 0, first: 2, pages: { header: "A", at: "b" }, items: {} },
                  } }
                """) == """
                    demo.json5:4:3: error: 'films' is not a key of 'history'
                    4 |   films: {},
                      |   ^^^^^
                    help: available: movies, shows

                    demo.json5:6:47: error: '{{page}}' is not known here
                    6 |     url: "{{hosts.api}}/h", query: { from: "{{page}}", size: "{{offset}}" },
                      |                                               ^^^^
                    help: available: access_token, app.device, app.name, app.version, hosts.api, redirect_uri

                    demo.json5:6:65: error: '{{offset}}' is not known here
                    6 |     url: "{{hosts.api}}/h", query: { from: "{{page}}", size: "{{offset}}" },
                      |                                                                 ^^^^^^
                    help: available: access_token, app.device, app.name, app.version, hosts.api, redirect_uri

                    demo.json5:7:5: error: 'map' is not a key of 'movies'
                    7 |     map: { a: "b" }, item: { key: "a..b", title: "t", seasn: "s" },
                      |     ^^^
                    help: available: basic, form, headers, item, json, list, method, paging, query, rules, signed, url

                    demo.json5:7:28: error: 'item' needs 'watched_at'
                    7 |     map: { a: "b" }, item: { key: "a..b", title: "t", seasn: "s" },
                      |                            ^

                    demo.json5:7:35: error: 'a..b' is not a path
                    7 |     map: { a: "b" }, item: { key: "a..b", title: "t", seasn: "s" },
                      |                                   ^^^^^^
                    help: join member names by dots, such as 'user.ids.slug'

                    demo.json5:7:55: error: 'seasn' is not a key of 'item'
                    7 |     map: { a: "b" }, item: { key: "a..b", title: "t", seasn: "s" },
                      |                                                       ^^^^^
                    help: available: id, ids, key, title, watched_at, year

                    demo.json5:9:10: error: with 'paging' the request must carry '{{page}}' or '{{offset}}'
                    9 |   shows: {
                      |          ^

                    demo.json5:10:97: error: 'list' must be a string, not a number
                    10 |     url: "{{hosts.api}}/h", item: { key: "k", title: "t", watched_at: "w", season: "s" }, \
                    list: 3,
                       |                                                                                           \
                          ^

                    demo.json5:11:22: error: 'limit' must be a whole number from 1 to 10000
                    11 |     paging: { limit: 0, first: 2, pages: { header: "A", at: "b" }, items: {} },
                       |                      ^

                    demo.json5:11:32: error: 'first' must be a whole number from 0 to 1
                    11 |     paging: { limit: 0, first: 2, pages: { header: "A", at: "b" }, items: {} },
                       |                                ^

                    demo.json5:11:42: error: 'pages' needs either 'header' or 'at'
                    11 |     paging: { limit: 0, first: 2, pages: { header: "A", at: "b" }, items: {} },
                       |                                          ^^^^^^^^^^^^^^^^^^^^^^^^

                    demo.json5:11:75: error: 'items' needs either 'header' or 'at'
                    11 |     paging: { limit: 0, first: 2, pages: { header: "A", at: "b" }, items: {} },
                       |                                                                           ^^
                    """)
    }

    @Test func `a description without a history has none`() throws {
        let plex = try context("plex")
        #expect(!plex.provider.hasHistory(.movies))
        #expect(HistoryQuestion(.movies, TokenSet(accessToken: "token"), in: plex) == nil)
    }

    // MARK: Requests

    @Test func `Trakt is asked for a page as it documents it`() throws {
        let question = try question()
        #expect(question.firstPage == 1 && question.limit == 250)
        #expect(
            text(try question.request(page: 3)) == """
                GET https://api.trakt.tv/sync/history/movies?page=3&limit=250
                Accept: application/json
                Content-Type: application/json
                trakt-api-version: 2
                trakt-api-key: trakt-id
                Authorization: Bearer token
                """)
    }

    @Test func `a provider may count plays instead of pages`() throws {
        let demo = try described(
            """
            { label: "Demo", color: "#000000", hosts: { api: "https://demo.example" },
              methods: [{ kind: "key", check: { url: "{{hosts.api}}/" } }],
              history: { movies: {
                url: "{{hosts.api}}/h", query: { start: "{{offset}}", length: "{{limit}}" }, list: "data.rows",
                item: { watched_at: ["at", "date"], key: "id", title: "title" },
                paging: { limit: 50, first: 0, items: { at: "data.total" } } } } }
            """)
        let question = try #require(HistoryQuestion(.movies, TokenSet(accessToken: "t"), in: try context(demo)))
        #expect(try question.request(page: 3).url == "https://demo.example/h?start=150&length=50")
        let body = #"{"data":{"total":1,"rows":[{"date":1700000000,"id":7,"title":"One"},{"title":"No id"}]}}"#
        let play = HistoryPlay(
            id: "7@1700000000", watchedAt: 1_700_000_000, key: "7", title: HistoryTitle(title: "One"))
        #expect(question.outcome(of: answer(200, body), at: start) == .page(.init(plays: [play], unread: 1, items: 1)))
    }

    // MARK: Answers

    @Test func `a page of Trakt is read, with what its header fields count`() throws {
        let body = """
            [{"id":1982344,"watched_at":"2014-03-31T09:28:53.000Z","action":"scrobble","type":"episode",
              "episode":{"season":2,"number":1,"title":"Pawnee Zoo","ids":{"trakt":251}},
              "show":{"title":"Parks and Recreation","year":2009,
                "ids":{"trakt":4,"slug":"parks-and-recreation","imdb":null,"tmdb":8592}}}]
            """
        let headers = [Parameter("x-pagination-page-count", "7"), Parameter("X-Pagination-Item-Count", "1601")]
        let play = HistoryPlay(
            id: "1982344", watchedAt: 1_396_258_133, key: "4",
            title: HistoryTitle(
                title: "Parks and Recreation", year: 2009,
                ids: ["trakt": 4, "slug": "parks-and-recreation", "tmdb": 8592]),
            season: 2, episode: 1, episodeTitle: "Pawnee Zoo")
        #expect(
            try question(.shows).outcome(of: answer(200, body, headers: headers), at: start)
                == .page(HistoryPage(plays: [play], pages: 7, items: 1601)))
    }

    @Test(arguments: [
        "[{}]", "[null]", #"[{"id":1,"movie":{"title":"T","ids":{"trakt":1}}}]"#,
        #"[{"watched_at":"soon","movie":{"title":"T","ids":{"trakt":1}}}]"#,
        #"[{"watched_at":"2020-01-01T00:00:00Z","movie":{"title":{},"ids":{"trakt":1}}}]"#,
        #"[{"watched_at":1e300,"movie":{"title":"T","ids":{"trakt":1}}}]"#,
    ]) func `an entry that is no play is counted, and nothing else`(body: String) throws {
        #expect(try question().outcome(of: answer(200, body), at: start) == .page(HistoryPage(plays: [], unread: 1)))
    }

    @Test func `what is not a page is told apart`() throws {
        let question = try question()
        func outcome(_ exchange: Exchange) -> String {
            switch question.outcome(of: exchange, at: start) {
            case .page(let page): "page of \(page.plays.count)"
            case .refused(let problem): "refused: \(problem.message)"
            case .later(let after, let problem): "later (\(after.map { "\(Int($0)) s" } ?? "")): \(problem.message)"
            case .failed(let problem): "failed: \(problem.message)"
            }
        }
        #expect(outcome(answer(200, "[]")) == "page of 0")
        #expect(outcome(answer(401)) == "refused: Trakt has ended this link.")
        #expect(
            outcome(answer(429, "", headers: [Parameter("Retry-After", "7")]))
                == "later (7 s): Trakt asks to wait for 7 seconds.")
        #expect(outcome(answer(429)) == "later (): Trakt asks to wait for a while.")
        #expect(outcome(answer(503)) == "later (): Trakt has a problem of its own (HTTP 503).")
        #expect(outcome(.failure(.timedOut)) == "later (): Trakt did not answer in time.")
        #expect(outcome(answer(200, "<html>")) == "later (): Trakt answered 200, but not with what was asked for.")
        #expect(outcome(answer(200, "{}")) == "later (): Trakt answered 200, but not with what was asked for.")
        #expect(outcome(answer(403)) == "failed: Trakt does not know this Client ID.")
        #expect(
            outcome(answer(404)) == "failed: Trakt answered 404, which nothing in its description explains.")
    }
}
