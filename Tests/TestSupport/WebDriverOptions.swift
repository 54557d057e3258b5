internal import JSON

/// How the browser of a session is.
public struct WebDriverOptions: Sendable, Equatable {
    /// The size of the page's area in CSS pixels.
    public var width = 1000
    /// The size of the page's area in CSS pixels.
    public var height = 800
    /// Whether `prefers-color-scheme` is dark.
    public var isDark = false
    /// Whether pop-up windows that no click has asked for are blocked, as in a browser that people use.
    public var blocksPopups = true
    /// Whether `window.open` never opens anything, not even after a click, as with a strict blocker.
    public var refusesPopups = false
    /// Names that lead elsewhere, such as `MAP nas.lan 127.0.0.1`, for a page on plain http in a LAN.
    public var hostRules: [String] = []
    /// Whether pages may run JavaScript.
    public var hasJavaScript = true
    /// The preferred languages.
    public var languages = "en"
    /// Further arguments for Chromium.
    public var arguments: [String] = []

    /// The usual browser.
    public init() {}

    /// The capabilities that the driver takes (https://developer.chrome.com/docs/chromedriver/capabilities).
    var capabilities: JSON {
        var arguments = [
            "--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--hide-scrollbars",
            "--window-size=\(width),\(height)",
            // Nothing that talks to the outside by itself.
            "--disable-background-networking", "--disable-component-update", "--no-first-run",
        ]
        if !hostRules.isEmpty { arguments.append("--host-resolver-rules=\(hostRules.joined(separator: ","))") }
        arguments += self.arguments
        var preferences: JSONObject = ["intl.accept_languages": .string(languages)]
        if !hasJavaScript { preferences["profile.managed_default_content_settings.javascript"] = 2 }
        if blocksPopups { preferences["profile.default_content_setting_values.popups"] = 2 }
        var chrome: JSONObject = [
            "binary": "/usr/bin/chromium", "args": .array(arguments.map(JSON.string)), "prefs": .object(preferences),
        ]
        if blocksPopups { chrome["excludeSwitches"] = ["disable-popup-blocking"] }
        return [
            "capabilities": [
                "alwaysMatch": [
                    // Certificates of proxies that tests start are their own.
                    "browserName": "chrome", "acceptInsecureCerts": true,
                    "goog:loggingPrefs": ["browser": "ALL"],
                    "goog:chromeOptions": .object(chrome), "unhandledPromptBehavior": "ignore",
                ]
            ]
        ]
    }
}
