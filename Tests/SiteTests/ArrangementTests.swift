import Testing

@testable import Site

/// Which providers a site shows, and in what order.
@Suite struct ArrangementTests {
    private func sources(_ own: [String: String] = [:]) -> SiteSources {
        let builtIn = [
            "plex": "media-servers", "trakt": "trackers", "simkl": "trackers", "steam": "games", "nas": "homelab",
        ].map { name, group in
            SourceFile(
                path: "Templates/providers/\(name).json5",
                bytes: Array(acme.replacing("trackers", with: group).utf8), isBuiltIn: true)
        }
        let arrangement = SourceFile(
            path: Arrangement.path,
            bytes: Array("{ groups: ['games', 'media-servers', 'trackers'], shown: ['trakt', 'plex'] }".utf8),
            isBuiltIn: true)
        return SiteSources(
            own.map { SourceFile(path: $0, bytes: Array($1.utf8)) }, over: builtIn + [arrangement])
    }

    private func shown(_ names: [String]?, _ own: [String: String] = [:]) throws -> [String] {
        let sources = sources(own)
        return try sources.shown(of: try sources.catalogue(), choosing: names?.map { ChosenName($0) }).providers.map(
            \.name)
    }

    @Test func `a site that does not choose shows the usual ones and its own, by group`() throws {
        #expect(try shown(nil) == ["plex", "trakt"])
        #expect(
            try shown(nil, ["Templates/providers/acme.json5": acme.replacing("trackers", with: "games")])
                == ["acme", "plex", "trakt"])
        // Whoever changes a built-in one wants to see it.
        #expect(try shown(nil, ["Templates/providers/simkl.json5": acme + "\n"]) == ["plex", "trakt", "simkl"])
        // A copy of it, as in this repository, changes nothing.
        #expect(try shown(nil, ["Templates/providers/simkl.json5": acme]) == ["plex", "trakt"])
        #expect(try shown(["all"]) == ["steam", "plex", "trakt", "simkl", "nas"])
    }

    @Test func `a site that chooses shows those, in its order, each group together`() throws {
        #expect(try shown(["simkl", "plex", "trakt"]) == ["simkl", "trakt", "plex"])
    }

    @Test func `a name that no provider has is refused`() throws {
        #expect {
            _ = try shown(["trakd", "plex", "plex"])
        } throws: {
            "\($0)" == """
                providers: error: 'plex' is there twice

                providers: error: there is no provider 'trakd'
                help: did you mean 'trakt'?
                """
        }
    }

    @Test func `an arrangement with slips in it is refused with their places`() {
        let text = "{ groups: ['music', 3], show: [] }"
        #expect {
            _ = try shown(nil, [Arrangement.path: text])
        } throws: {
            "\($0)" == """
                Templates/arrangement.json5:1:21: error: a name must be text
                1 | \(text)
                  |                     ^

                Templates/arrangement.json5:1:25: error: 'show' is not a key of the arrangement
                1 | \(text)
                  |                         ^^^^
                help: did you mean 'shown'?
                """
        }
    }

    @Test func `names that no provider and no group has are refused with their places, whatever the site shows`() {
        let text = "{ groups: ['game', 'trackers', 'trackers'], shown: ['trakt', 'plexx'] }"
        for names in [nil, ["trakt"], ["all"]] {
            #expect {
                _ = try shown(names, [Arrangement.path: text])
            } throws: {
                "\($0)" == """
                    Templates/arrangement.json5:1:12: error: no provider is in a group 'game'
                    1 | \(text)
                      |            ^^^^^^
                    help: did you mean 'games'?

                    Templates/arrangement.json5:1:32: error: 'trackers' is there twice
                    1 | \(text)
                      |                                ^^^^^^^^^^

                    Templates/arrangement.json5:1:62: error: there is no provider 'plexx'
                    1 | \(text)
                      |                                                              ^^^^^^^
                    help: did you mean 'plex'?
                    """
            }
        }
    }

    @Test func `pages have the groups with their names, and one without a name by its id`() {
        let files = rendered([
            "Templates/strings/en.json5": "{ groups: { trackers: 'What you watched' } }",
            "Templates/providers/one.json5": acme.replacing("logo: \"logos/acme.svg\",", with: ""),
            "Templates/providers/two.json5": acme.replacing("logo: \"logos/acme.svg\",", with: "")
                .replacing("trackers", with: "home-lab"),
            "Templates/pages/list.mustache":
                "{{#groups}}{{title}} ({{count}}):{{#providers}} {{name}} {{initial}}{{/providers}}\n{{/groups}}{{has_search}}",
        ])
        #expect(files["list"] == "Home lab (1): two A\nWhat you watched (1): one A\nfalse")
    }
}
