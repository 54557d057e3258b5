import HTTP
import JSON
import Simulator
import TestSupport
import Testing

extension BrowserTests {
    /// What people enter themselves: keys that are checked before they are saved, passwords that are used once, the
    /// addresses of their own servers.
    struct EnteredPageTests {
        private func config(_ world: World, _ provider: String) async throws -> JSON {
            try await world.get("/api/config").json[provider] ?? [:]
        }

        private func alert(_ provider: SimulatedProvider, _ page: SettingsPage) -> String {
            page.card(provider, ".lk-message [data-alert]")
        }

        private func value(_ id: String, _ page: SettingsPage) async throws -> String {
            try await page.browser.run("return document.getElementById(arguments[0]).value", [.string(id)]).stringValue
                ?? ""
        }

        @Test func `a key is saved when the provider has found it good, and its reason is told when not`() async throws
        {
            let world = try await World(["--providers", "listenbrainz,steam"])
            let page = try await SettingsPage.open(world)
            let browser = page.browser
            try await browser.type("unknown-token", into: "#listenbrainz_user_token")
            try await browser.press(WebDriverElement.Key.tab)
            try await page.click(.listenbrainz, "connect")
            try await page.wait(
                alert(.listenbrainz, page),
                says:
                    "ListenBrainz does not accept this token. Copy it again from https://listenbrainz.org/settings/.")
            // What was typed stays to be corrected, and nothing of it is kept.
            #expect(try await value("listenbrainz_user_token", page) == "unknown-token")
            #expect(try await config(world, "listenbrainz") == [:])
            try await page.expectGoodForm()
            // Enter does what the button does.
            try await browser.type("good-token", into: "#listenbrainz_user_token")
            try await browser.press(WebDriverElement.Key.enter)
            try await page.wait(.listenbrainz, is: "connected")
            try await page.wait(page.card(.listenbrainz, "[data-account-name]"), says: "demo")
            #expect(try await value("listenbrainz_user_token", page) == "••••••••")
            #expect(try await config(world, "listenbrainz") == ["user_token": "••••••••"])
            // A value that cannot be one is refused at its field.
            try await browser.type("0123456789abcdef0123456789abcdef", into: "#steam_api_key")
            try await browser.type("sean", into: "#steam_steam_id")
            try await page.click(.steam, "connect")
            try await page.wait(
                "#steam_steam_id-error [data-error]",
                says: "The SteamID is 17 digits, such as 76561197960287930.")
            #expect(try await browser.run("return document.activeElement.id") == "steam_steam_id")
            #expect(try await config(world, "steam") == [:])
            try await page.expectSilence(
                but: "the server responded with a status of 409", "the server responded with a status of 422")
        }

        @Test func `a connected account takes a new key, and keeps the old one until it is found good`() async throws {
            let world = try await World(["--providers", "listenbrainz"])
            let begun = try await world.post(
                "/api/listenbrainz/authorize", ["values": ["user_token": "first-token"]])
            #expect(begun.status == 200)
            let page = try await SettingsPage.open(world)
            let browser = page.browser
            try await page.wait(.listenbrainz, is: "connected")
            try await page.wait(gone: page.card(.listenbrainz, "[data-action=connect]"))
            try await browser.run("document.querySelector('[data-part=keys]').open = true")
            try await page.click(.listenbrainz, "replace")
            try await browser.type("unknown-token", into: "#listenbrainz_user_token")
            try await page.click(.listenbrainz, "connect")
            try await browser.wait(for: "document.querySelector('[data-alert]').textContent")
            #expect(try await world.status(.listenbrainz)["connected"] == true)
            try await browser.type("second-token", into: "#listenbrainz_user_token")
            try await page.click(.listenbrainz, "connect")
            try await page.wait(gone: page.card(.listenbrainz, "[data-action=connect]"))
            let revealed = try await world.send(
                "POST", "/api/listenbrainz/token/reveal", ["Origin": world.origin], isSecret: true)
            #expect(revealed.json["access_token"] == "second-token")
            try await page.expectSilence(but: "the server responded with a status of 409")
        }

        @Test func `a key is saved without being checked while the service is off, and the card says so`() async throws
        {
            let world = try await World(["--providers", "listenbrainz"])
            world.simulator.add(Fault(.status(503), times: nil), to: .listenbrainz)
            let page = try await SettingsPage.open(world)
            let browser = page.browser
            try await browser.type("some-token", into: "#listenbrainz_user_token")
            #expect(try await browser.find("[data-action=save-unchecked]").isDisplayed() == false)
            try await page.click(.listenbrainz, "connect")
            try await browser.click("[data-action=save-unchecked]")
            // It is in the page from the start, and not to be seen.
            try await browser.wait(for: "document.querySelector('[data-unchecked-note]').checkVisibility()")
            try await page.wait(
                page.card(.listenbrainz, "[data-unchecked-note]"),
                says:
                    "Saved without being checked, because the service did not answer. It is checked as soon as it does."
            )
            #expect(try await world.status(.listenbrainz)["unchecked"] == true)
            #expect(try await config(world, "listenbrainz") == ["user_token": "••••••••"])
            try await page.expectGoodForm()
            try await page.expectSilence(but: "the server responded with a status of 50")
        }

        @Test func `a password leaves the page with the sign-in, and is kept nowhere`() async throws {
            let world = try await World(["--providers", "jellyfin"])
            var options = WebDriverOptions()
            (options.width, options.isDark) = (320, true)
            let page = try await SettingsPage.open(world, options)
            let browser = page.browser
            #expect(try await browser.findAll(".lk-methods input").count == 3)
            // Each way to connect shows what it needs and nothing else.
            try await page.wait(gone: "#jellyfin_api_key")
            try await page.choose(.jellyfin, method: "api_key")
            try await browser.wait(forElement: "#jellyfin_api_key")
            try await page.choose(.jellyfin, method: "password")
            try await page.wait(gone: "#jellyfin_api_key")
            try await page.type(world.server.values["jellyfin.server"] ?? "", into: .jellyfin, "server")
            try await browser.type("alice", into: "#jellyfin_password_username")
            try await browser.type("canary-wrong", into: "#jellyfin_password_password")
            try await page.expectGoodForm()
            try await page.click(.jellyfin, "connect")
            try await browser.wait(for: "document.querySelector('[data-alert]').textContent")
            #expect(try await value("jellyfin_password_password", page) == "")
            #expect(try await value("jellyfin_password_username", page) == "alice")
            try await browser.type("secret", into: "#jellyfin_password_password")
            try await browser.press(WebDriverElement.Key.enter)
            try await page.wait(page.card(.jellyfin, "[data-account-name]"), says: "alice")
            #expect(try await value("jellyfin_password_password", page) == "")
            #expect(try world.everyFile.allSatisfy { !$0.text.contains("canary-wrong") })
            #expect(try !world.everythingSeen.contains("canary-wrong"))
            #expect(try world.vault["jellyfin"]?["password"] == nil)
            try await page.expectSilence(but: "the server responded with a status of 40")
        }

        @Test func `an address says at its field what is the matter there`() async throws {
            let world = try await World(["--providers", "jellyfin"])
            let page = try await SettingsPage.open(world)
            let browser = page.browser
            let (field, error) = ("#jellyfin_server", "#jellyfin_server-error [data-error]")
            func enter(_ address: String) async throws {
                try await browser.type(address, into: field)
                try await browser.press(WebDriverElement.Key.tab)
            }
            func says(_ words: String) async throws {
                try await browser.wait(
                    for:
                        "document.querySelector('\(error)').textContent.includes(\(String(decoding: JSON.string(words).encoded(), as: UTF8.self)))"
                )
            }
            let address = world.server.values["jellyfin.server"] ?? ""
            world.simulator.configure(.jellyfin) { $0.product = "Emby Server" }
            try await enter(address)
            try await says("Jellyfin")
            // Nothing is begun with an address that was refused.
            try await page.click(.jellyfin, "connect")
            try await browser.wait(for: "document.activeElement.id === 'jellyfin_server'")
            #expect(try await config(world, "jellyfin") == [:])
            world.simulator.configure(.jellyfin) {
                $0.product = nil
                $0.version = "9.0.1"
            }
            try await enter(address + "/")
            try await says("9.0.1")
            world.simulator.configure(.jellyfin) { $0.version = "10.11.2" }
            // One where nothing answers is kept, for the server may be off.
            try await enter("http://127.0.0.1:9/")
            try await says("Jellyfin could not be reached.")
            #expect(try await config(world, "jellyfin")["server"] == "http://127.0.0.1:9")
            try await enter(address)
            try await page.wait(gone: "#jellyfin_server-error")
            // Who turns the check of certificates off is told what that means, for as long as it is so.
            try await browser.click("[data-more] summary")
            try await browser.run(
                """
                const select = document.querySelector('#jellyfin_tls');
                select.value = 'none';
                select.dispatchEvent(new Event('change', { bubbles: true }));
                """)
            try await page.wait(
                page.card(.jellyfin, "[data-unverified]"),
                says:
                    "The certificate of this server is not checked: whoever is between Latchkey and the server can read the password and the token."
            )
            try await page.expectGoodForm()
            try await page.expectSilence(but: "the server responded with a status of 422")
        }

        @Test func `another address takes a saved secret away, and its field says so`() async throws {
            let world = try await World(["--providers", "oidc"])
            let values: JSON = [
                "issuer": "https://a.example", "client_id": "app", "client_secret": "canary-app-secret",
            ]
            #expect(try await world.post("/api/config", ["oidc": values]).status == 200)
            let page = try await SettingsPage.open(world)
            try await page.browser.wait(for: "document.getElementById('oidc_client_secret').value === '••••••••'")
            try await page.browser.run("document.querySelector('[data-part=keys]').open = true")
            try await page.type("https://b.example", into: .oidc, "issuer")
            try await page.wait(
                "#oidc_client_secret-error [data-error]",
                says: "Enter it again: the one that was here belonged to another address, and is removed.")
            #expect(try await value("oidc_client_secret", page) == "")
            #expect(try await config(world, "oidc") == ["issuer": "https://b.example", "client_id": "app"])
            try await page.expectGoodForm()
            try await page.type("secret-of-b", into: .oidc, "client_secret")
            try await page.wait(gone: "#oidc_client_secret-error")
            #expect(try world.vault[path: "oidc.client_secret"] == "secret-of-b")
            try await page.expectSilence()
        }

        @Test func `what a smaller grant leaves out is said on the card`() async throws {
            let world = try await World(["--providers", "spotify"])
            world.simulator.configure(.spotify) {
                ($0.refusedScopes, $0.earlierScopes) = (["user-read-recently-played"], ["streaming"])
            }
            let page = try await SettingsPage.open(world)
            try await page.type(Simulator.demoValues["spotify.client_id"] ?? "", into: .spotify, "client_id")
            let sentence =
                "Spotify is linked, but did not grant 'user-read-recently-played': reading what was played will not "
                + "work. Connect again and allow everything that is asked for."
            try await page.wait(.spotify, is: "needs_sign_in")
            try await page.click(.spotify, "connect")
            try await page.follow()
            try await page.approve()
            try await page.browser.wait(for: SettingsPage.isReady)
            for _ in 1...2 {
                try await page.wait(.spotify, is: "connected")
                #expect(try await page.sentence(.spotify) == sentence)
                try await page.expectGoodForm()
                try await page.browser.reload()
            }
            try await page.expectSilence()
        }
    }
}
