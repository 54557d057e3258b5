internal import Files
internal import HTTP
internal import JSON

/// The keys of apps, as their owner sees them.
extension Companion {
    /// SECURITY: everybody sees their own keys alone, administrators, too.
    func readApiKeys(_ call: Endpoint.Call) async throws(Problem) -> Response {
        let keys = settings.apiKeys?.list.filter { $0.key.owner == call.id.owner } ?? []
        return .json(200, ["ok": true, "keys": .array(keys.map(\.shown))])
    }

    /// Takes a key back: `{"name": …}`.
    func revokeApiKey(_ call: Endpoint.Call) async throws(Problem) -> Response {
        guard let name = try call.body()?["name"]?.stringValue else {
            throw Problem(422, "no_name", "The body should say which key: {\"name\": …}.")
        }
        guard let book = settings.apiKeys else { throw Self.noSuchKey(name) }
        let owner = call.id.owner
        let failure: ApiKeyError?
        do throws(BlockingThread.Failure) {
            failure = try await BlockingThread.run { Self.revoke(name, owner, book) }
        } catch {
            failure = .notWritten("there is no thread to spare")
        }
        switch failure {
        case nil: break
        case .noSuchKey?: throw Self.noSuchKey(name)
        case let error?:
            parts.log.warning("apikey not revoked", ["reason": error.description])
            throw Problem(
                507, "not_saved", "The key could not be revoked.",
                hint: "Latchkey's log says why; look at the data folder.")
        }
        parts.log.info("apikey revoked", ["owner": owner, "name": name])
        audit(.keyRevoked, call.visitor ?? .owner, call.request, ["key": name])
        return .json(200, ["ok": true])
    }

    private static func revoke(_ name: String, _ owner: String, _ book: ApiKeyBook) -> ApiKeyError? {
        do throws(ApiKeyError) {
            try book.revoke(name, owner: owner)
            return nil
        } catch {
            return error
        }
    }

    private static func noSuchKey(_ name: String) -> Problem {
        Problem(404, "unknown_key", "You have no API key '\(name.prefix(64))'.", hint: "Load the page again.")
    }
}
