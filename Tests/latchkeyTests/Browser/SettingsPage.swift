import JSON
import Simulator
import TestSupport
import Testing

/// The settings page in a browser.
struct SettingsPage {
    let browser: WebDriverSession
    let world: World
    /// The window with the settings page.
    let window: String

    /// Opens the page and waits until it knows how the accounts stand.
    static func open(
        _ world: World, _ options: WebDriverOptions = WebDriverOptions(), at address: String? = nil
    ) async throws -> SettingsPage {
        let browser = try await SharedBrowser.fresh(options)
        try await browser.open(try address ?? world.url + "/")
        let page = SettingsPage(browser: browser, world: world, window: try await browser.window())
        try await browser.wait(for: "!document.querySelector('[data-provider]:not([data-state])')")
        return page
    }

    /// The selector of something in a provider's card.
    func card(_ provider: SimulatedProvider, _ rest: String = "") -> String { "#sec-\(provider.rawValue) \(rest)" }

    // MARK: Waiting

    /// Waits for a state of a card.
    func wait(_ provider: SimulatedProvider, is state: String) async throws {
        try await browser.wait(for: "document.querySelector('#sec-\(provider.rawValue)').dataset.state === '\(state)'")
    }

    /// Waits until something shows a text.
    func wait(_ selector: String, says text: String) async throws {
        let words = String(decoding: JSON.array([.string(selector), .string(text)]).encoded(), as: UTF8.self)
        try await browser.wait(for: "((s, t) => document.querySelector(s)?.innerText.trim() === t)(...\(words))")
    }

    /// Waits until something is not to be seen.
    func wait(gone selector: String) async throws {
        let quoted = String(decoding: JSON.string(selector).encoded(), as: UTF8.self)
        try await browser.wait(for: "!document.querySelector(\(quoted))?.checkVisibility()")
    }

    /// The sentence that a card shows.
    func sentence(_ provider: SimulatedProvider) async throws -> String {
        let script = "return [...document.querySelectorAll(arguments[0])].map(e => e.innerText).join('').trim()"
        return try await browser.run(script, [.string(card(provider, ".lk-message p"))]).stringValue ?? ""
    }

    // MARK: Doing

    /// Types a value, leaves the field, and waits until it is saved.
    func type(_ text: String, into provider: SimulatedProvider, _ key: String) async throws {
        try await browser.type(text, into: "#\(provider.rawValue)_\(key)")
        try await browser.press(WebDriverElement.Key.tab)
        try await wait(card(provider, "[data-field=\(key)] [data-saved]"), says: "Saved")
    }

    /// Types the app key that the simulated provider knows; Plex needs none.
    func typeKey(_ provider: SimulatedProvider) async throws {
        switch provider {
        case .trakt, .simkl:
            let id = Simulator.demoValues["\(provider.rawValue).client_id"] ?? ""
            try await type(id, into: provider, "client_id")
        case .tmdb: try await type(Simulator.demoValues["tmdb.api_key"] ?? "", into: .tmdb, "api_key")
        default: break
        }
    }

    /// Clicks a button of a card, in the chosen method where each has its own.
    func click(_ provider: SimulatedProvider, _ action: String) async throws {
        let panel = action == "connect" ? "[data-method]:not([hidden]) " : ""
        try await browser.click(card(provider, "\(panel)[data-action=\(action)]"))
    }

    /// Chooses how to connect.
    func choose(_ provider: SimulatedProvider, method: String) async throws {
        try await browser.click(card(provider, "label:has(#\(provider.rawValue)_method_\(method))"))
    }

    /// Makes the window that has just opened the current one.
    func follow() async throws { try await browser.switchToWindow(notIn: [window]) }

    /// Approves on the provider's page in the current window.
    func approve(as account: String = "sean") async throws {
        try await browser.type(account, into: "#account")
        try await browser.click("#approve")
    }

    /// Comes back to the settings page.
    func comeBack() async throws {
        try await browser.switchTo(window: window)
        try await browser.devTools("Page.bringToFront")
    }

    // MARK: What must always hold

    /// Nothing in the console, of any window: no error, no warning, no report of the content security policy. What the
    /// browser itself says of answers that a test provokes is named.
    func expectSilence(but expected: String..., at location: SourceLocation = #_sourceLocation) async throws {
        let log = try await browser.log().filter { line in !expected.contains { line.contains($0) } }
        #expect(log == [], sourceLocation: location)
    }

    /// Nothing to scroll sideways, every field named, every id there once, no style or handler in the markup.
    func expectGoodForm(at location: SourceLocation = #_sourceLocation) async throws {
        let faults = try await browser.run(
            """
            const all = [...document.querySelectorAll('*')], seen = e => e.checkVisibility();
            const name = e => e.tagName + '#' + e.id + '.' + (e.dataset?.action ?? '');
            const faults = [];
            if (document.documentElement.scrollWidth > innerWidth)
              faults.push('wider than the window: ' + all.filter(e => e.getBoundingClientRect().right > innerWidth).map(name));
            for (const e of document.querySelectorAll('input, select, textarea'))
              if (!e.labels.length && !e.getAttribute('aria-labelledby')) faults.push('no label: ' + name(e));
            for (const e of all) if (e.id && document.querySelectorAll('#' + CSS.escape(e.id)).length > 1) faults.push('twice: ' + name(e));
            for (const e of all) for (const a of e.attributes)
              if (a.name === 'style' || a.name.startsWith('on')) faults.push(a.name + ': ' + name(e));
            for (const e of document.querySelectorAll('button, a'))
              if (seen(e) && !(e.ariaLabel ?? e.textContent).trim()) faults.push('no name: ' + name(e));
            for (const e of document.querySelectorAll('button, a.lk-button, input:not([type=radio])'))
              if (seen(e) && e.getBoundingClientRect().height < 24) faults.push('too small: ' + name(e));
            for (const e of document.querySelectorAll('[aria-describedby], [aria-labelledby]'))
              for (const id of (e.getAttribute('aria-describedby') ?? '' + ' ' + (e.getAttribute('aria-labelledby') ?? '')).split(' '))
                if (id && !document.getElementById(id)) faults.push('described by nothing: ' + name(e) + ' ' + id);
            return faults
            """)
        #expect(faults == [], sourceLocation: location)
    }
}
