import Companion

/// What apps get.
extension Serve {
    static let tokenLimit = Option(
        name: "token-limit", value: "COUNT",
        help: "how often each API key may be used in a minute (\(ApiKeyBook.usualLimit))")

    /// The keys of apps, of a data folder.
    static func apiKeys(_ settings: Settings, _ folder: String) throws(Failure) -> ApiKeyBook {
        var limit = ApiKeyBook.usualLimit
        if let text = settings[tokenLimit] {
            guard let count = Int(text), 1...1_000_000_000 ~= count else {
                throw .usage("--token-limit '\(text)' should be a number from 1 to 1000000000")
            }
            limit = count
        }
        do throws(ApiKeyError) {
            return try ApiKeyBook(folder: folder, perMinute: limit)
        } catch {
            throw .environment("\(error)")
        }
    }
}
