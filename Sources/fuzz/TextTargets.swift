#if DEBUG
    import JSON
    import Mustache
    import Providers

    /// What people and other servers write.
    enum TextTargets {
        /// A template: is rendered or refused, within its bounds, and what is escaped stays so.
        static func template(_ bytes: [UInt8]) {
            let limits = TemplateSet.Limits(depth: 20, steps: 2000, bytes: 1 << 16)
            let sources = [
                TemplateSource(name: "page", file: "page.mustache", bytes: bytes),
                TemplateSource(name: "p", file: "p.mustache", bytes: Array("{{a}}{{$x}}-{{/x}}".utf8)),
            ]
            guard let set = try? TemplateSet(sources, limits: limits) else { return }
            let model: Value = ["a": [["b": 1], 2, [3, "<x>"]], "b": nil, "n": "p", "c": true]
            for mode in [TemplateSet.Mode.strict, .lenient] {
                guard let output = try? set.render("page", with: model, mode: mode) else { continue }
                check(output.count <= limits.bytes, "output is bounded")
                check(String(validating: output, as: UTF8.self) != nil, "output is UTF-8")
            }
        }

        /// JSON5 and JSON: what is strict JSON is the same as JSON5, and comes back from its own text.
        static func json(_ bytes: [UInt8]) {
            let relaxed = try? SourcedJSON.parse(bytes, file: "x.json5")
            guard let strict = try? JSON.parse(bytes) else { return }
            check(relaxed != nil, "JSON is JSON5")
            let again = try? JSON.parse(strict.encoded())
            check(again == strict, "what was written is read back")
        }

        /// A provider's file: is a whole provider, or refused with places that are in it.
        static func provider(_ bytes: [UInt8]) {
            do {
                let catalogue = try Catalogue(files: [(path: "Templates/providers/sample.json5", bytes: bytes)])
                check(catalogue.providers.count == 1, "a file is one provider")
            } catch {
                check(!error.list.isEmpty, "a refusal says why")
            }
        }

        /// What a provider answers to the question for a history: plays within bounds, or no page.
        static func history(_ bytes: [UInt8]) {
            let description = """
                { label: "Demo", color: "#000000", hosts: { api: "https://demo.example" },
                  methods: [{ kind: "key", check: { url: "{{hosts.api}}/c" } }],
                  history: { shows: {
                    url: "{{hosts.api}}/h", query: { page: "{{page}}" }, paging: { limit: 9, items: { at: "0.id" } },
                    item: { id: "id", watched_at: "watched_at", key: "show.ids.trakt", title: "show.title",
                      year: "show.year", ids: "show.ids", season: "episode.season", episode: "episode.number" } } } }
                """
            guard let catalogue = try? Catalogue(files: [(path: "demo.json5", bytes: Array(description.utf8))]),
                let provider = catalogue.providers.first, let method = provider.methods.first,
                let question = HistoryQuestion(
                    .shows, TokenSet(accessToken: "t"),
                    in: FlowContext(
                        provider: provider, method: method, values: [:],
                        app: AppIdentity(name: "fuzz", version: "1", device: "fuzz"), redirectURI: "https://a.example/")
                )
            else { return check(false, "the description is right") }
            let answer = Exchange.response(ProviderResponse(status: 200, body: bytes))
            guard case .page(let page) = question.outcome(of: answer, at: 1_800_000_000) else { return }
            for play in page.plays {
                check(!play.key.isEmpty && !play.id.isEmpty, "a play is told from others")
                check(play.title.title.unicodeScalars.count <= 501, "a title is cut")
            }
        }
    }
#endif
