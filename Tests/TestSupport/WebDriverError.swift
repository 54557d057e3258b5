/// Something that the browser or its driver could not do.
public struct WebDriverError: Error, Equatable, CustomStringConvertible {
    /// The error code of the protocol (W3C WebDriver, section 6.6), such as `no such element`; `timeout` for waits.
    public let code: String
    /// What happened, in a sentence.
    public let message: String

    /// A sentence.
    public var description: String { "\(code): \(message)" }
}
