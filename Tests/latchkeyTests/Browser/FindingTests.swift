import Files
import JSON
import Simulator
import TestSupport
import Testing

extension BrowserTests {
    /// A page with many providers: the search, and cards that are folded until they are used.
    struct FindingTests {
        /// Twelve providers: the four that can be simulated, and two more of each.
        private func world() async throws -> World {
            try await World { folder in
                let providers = Files.join(folder("site"), "Templates/providers")
                try Files.makeFolder(providers)
                for name in ["trakt", "plex", "simkl", "tmdb"] {
                    for number in 2...3 {
                        let text = """
                            {
                              label: "Ünother \(name) \(number)", color: "#336699", group: "games",
                              hosts: { api: "https://api.example" },
                              fields: [{ key: "api_key", label: "API Key", type: "password", required: true }],
                              methods: [{ kind: "key", label: "With a key", credential: "api_key",
                                check: { url: "{{hosts.api}}/me" } }],
                            }
                            """
                        try Files.write(Array(text.utf8), to: Files.join(providers, "\(name)\(number).json5"))
                    }
                }
                return ["--providers", "trakt,plex,simkl,tmdb,trakt2,trakt3,plex2,plex3,simkl2,simkl3"]
            }
        }

        private let seen = "[...document.querySelectorAll('[data-provider]')].filter(e => e.checkVisibility()).length"

        @Test func `typing finds providers, and Escape shows all again`() async throws {
            let world = try await world()
            let page = try await SettingsPage.open(world, isUnfolded: false)
            let browser = page.browser
            #expect(try await browser.run("return \(seen)") == 10)
            try await browser.click("label[for=latchkey-search]")
            #expect(try await browser.run("return document.activeElement.id") == "latchkey-search")
            let search = try await browser.find("#latchkey-search")
            try await search.type("unother PLEX")
            try await page.wait("[role=search] [role=status]", says: "2 of 10 shown")
            #expect(try await browser.run("return \(seen)") == 2)
            #expect(try await browser.find("#latchkey-group-trackers").isDisplayed() == false)
            try await search.type(" nine")
            try await page.wait(
                "[role=search] [role=status]",
                says: "Nothing here is called “unother PLEX nine”. Press Escape to see all 10.")
            try await page.expectGoodForm()
            try await browser.press(WebDriverElement.Key.escape)
            try await browser.wait(for: "\(seen) === 10")
            #expect(try await browser.run("return document.activeElement.value") == "")
            // A group's name finds those in it; Enter leads to the first of them.
            try await search.type("games")
            try await browser.wait(for: "\(seen) === 6")
            try await browser.press(WebDriverElement.Key.enter)
            #expect(
                try await browser.run("return document.activeElement.parentElement.id") == "sec-trakt2")
            try await browser.press(WebDriverElement.Key.enter)
            try await browser.wait(forElement: "#trakt2_api_key")
            try await browser.reload()
            try await browser.wait(for: "\(seen) === 10")
            #expect(try await browser.run("return document.querySelector('#latchkey-search').value") == "")
            try await page.expectSilence()
        }

        @Test func `cards are folded until they are used or linked to`() async throws {
            let world = try await world()
            let page = try await SettingsPage.open(world, isUnfolded: false)
            let browser = page.browser
            let open = "[...document.querySelectorAll('[data-provider][open]')].map(e => e.dataset.provider).join()"
            #expect(try await browser.run("return \(open)") == "")
            try await browser.click("#sec-trakt > .head")
            try await browser.wait(forElement: "#trakt_client_id")
            // A link to a card shows it, also when the search hides it.
            try await browser.type("tmdb", into: "#latchkey-search")
            try await page.wait(gone: "#sec-simkl")
            try await browser.run("location.hash = '#sec-simkl'")
            try await browser.wait(forElement: "#simkl_client_id")
            // A sign-in that was begun elsewhere unfolds its card, and so does a connection.
            try await world.begin(.plex)
            try await browser.wait(forElement: "#plex_pin")
            world.simulator.approve(.plex)
            try await page.wait(.plex, is: "connected")
            try await browser.open("about:blank")
            try await browser.open(try world.url + "/#sec-tmdb")
            try await browser.wait(for: "\(open) === 'plex,tmdb'")
            // Who folds it has it folded.
            try await browser.click("#sec-plex > .head")
            try await page.wait(gone: "#plex_token")
            try await page.expectSilence()
        }

        @Test func `beside an open card the others close up, and nothing lies on anything`() async throws {
            let world = try await world()
            var options = WebDriverOptions()
            options.width = 1280
            let page = try await SettingsPage.open(world, options, isUnfolded: false)
            let browser = page.browser
            let places = """
                [...document.querySelectorAll('[data-title=Games] [data-provider]')].map((e) => {
                  const { left, top, right, bottom } = e.getBoundingClientRect();
                  return { left, top, right, bottom };
                })
                """
            let (second, fourth) = ("\(places)[1]", "\(places)[3]")
            let isRow = "\(fourth).top > \(second).bottom && \(fourth).left < \(second).left"
            try await browser.wait(for: isRow)
            try await browser.click("#sec-trakt2 > .head")
            // The fourth was below the first, which is high now: it stands below the second.
            try await browser.wait(for: "\(fourth).left === \(second).left && \(fourth).bottom < \(places)[0].bottom")
            let pairs = """
                \(places).some((one, number, all) => all.slice(number + 1).some((other) =>
                  one.left < other.right && other.left < one.right && one.top < other.bottom && other.top < one.bottom))
                """
            #expect(try await browser.run("return \(pairs)") == false)
            try await browser.click("#sec-trakt2 > .head")
            try await browser.wait(for: isRow)
            try await page.expectGoodForm()
            try await page.expectSilence()
        }

        @Test func `few providers need no search`() async throws {
            let world = try await World(["--providers", "trakt,plex"])
            let page = try await SettingsPage.open(world, isUnfolded: false)
            #expect(try await page.browser.findAll("[role=search]").isEmpty)
            #expect(try await page.browser.run("return \(seen)") == 2)
            #expect(try await world.get("/api/tmdb/status").status == 404)
        }
    }
}
