public import JSON

/// An element of a page.
public struct WebDriverElement: Sendable {
    /// Keys that are no characters (W3C WebDriver, section 17.4.2).
    public enum Key {
        /// Enter.
        public static let enter = "\u{E007}"
        /// Tab.
        public static let tab = "\u{E004}"
        /// Escape.
        public static let escape = "\u{E00C}"
        /// Control, for the key that follows.
        public static let control = "\u{E009}"
        /// Shift, for the key that follows.
        public static let shift = "\u{E008}"
    }

    private let session: WebDriverSession
    private let id: String

    /// The element in an answer of the driver.
    init(session: WebDriverSession, found: JSON) throws(WebDriverError) {
        guard let id = found.objectValue?.members.first?.value.stringValue else {
            throw WebDriverError(code: "no such element", message: "the driver gave no element")
        }
        self.session = session
        self.id = id
    }

    private func send(_ method: String, _ path: String, _ body: JSON? = nil) async throws -> JSON {
        try await session.send(method, "/element/\(id)\(path)", body)
    }

    /// Clicks in the middle of it, as a person does; an error when something lies over it.
    public func click() async throws { _ = try await send("POST", "/click", [:]) }

    /// Empties a field.
    public func clear() async throws { _ = try await send("POST", "/clear", [:]) }

    /// Types into it.
    public func type(_ text: String) async throws { _ = try await send("POST", "/value", ["text": .string(text)]) }

    /// Its text as it is shown.
    public func text() async throws -> String { try await send("GET", "/text").stringValue ?? "" }

    /// An attribute as it stands in the document.
    public func attribute(_ name: String) async throws -> String? {
        try await send("GET", "/attribute/\(name)").stringValue
    }

    /// A property of the object, such as `value` or `checked`.
    public func property(_ name: String) async throws -> JSON { try await send("GET", "/property/\(name)") }

    /// Whether it is shown.
    public func isDisplayed() async throws -> Bool { try await send("GET", "/displayed").boolValue ?? false }

    /// Whether it can be used.
    public func isEnabled() async throws -> Bool { try await send("GET", "/enabled").boolValue ?? false }

    /// Its role as assistive technology sees it.
    public func role() async throws -> String { try await send("GET", "/computedrole").stringValue ?? "" }

    /// Its name as assistive technology sees it.
    public func label() async throws -> String { try await send("GET", "/computedlabel").stringValue ?? "" }
}
