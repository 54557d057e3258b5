import TestSupport
import Testing

/// One browser for all tests of a suite, which run one after the other in tabs of their own.
struct SharedBrowser: SuiteTrait, TestScoping {
    @TaskLocal static var session: WebDriverSession?

    func provideScope(
        for test: Test, testCase: Test.Case?, performing function: @Sendable () async throws -> Void
    ) async throws {
        var options = WebDriverOptions()
        // What a home server is called in its network: plain http, and no secure context.
        options.hostRules = ["MAP nas.lan 127.0.0.1"] + ProxyGuide.Place.allCases.map { "MAP \($0.host) 127.0.0.1" }
        try await WebDriver.run(options) { session in
            try await Self.$session.withValue(session) { try await function() }
        }
    }

    /// The browser with nothing but one empty tab, without cookies, made as the options say.
    static func fresh(_ options: WebDriverOptions) async throws -> WebDriverSession {
        guard let session else { throw World.Trouble(description: "there is no browser around this test") }
        let old = try await session.windows()
        let tab = try await session.openWindow()
        for window in old {
            try await session.switchTo(window: window)
            try await session.closeWindow()
        }
        try await session.switchTo(window: tab)
        try await session.devTools("Network.clearBrowserCookies")
        try await session.emulate(options)
        _ = try await session.log()
        return session
    }
}

extension Trait where Self == SharedBrowser {
    static var sharedBrowser: Self { SharedBrowser() }
}

/// A real browser opens the page of the real binary. One test after the other, because a person has one pair of hands.
@Suite(.serialized, .sharedBrowser, .timeLimit(.minutes(2)))
enum BrowserTests {}
