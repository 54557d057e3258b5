internal import Files
internal import HTTP
internal import JSON
internal import Providers

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
        do throws(ApiKeyError) {
            try await Self.onDisk { () throws(ApiKeyError) in _ = try book.revoke(name, owner: owner) }
        } catch {
            if case .noSuchKey = error { throw Self.noSuchKey(name) }
            throw notRevoked(error, "The key could not be revoked.")
        }
        parts.log.info("apikey revoked", ["owner": owner, "name": name])
        audit(.keyRevoked, call.visitor ?? .owner, call.request, ["key": name])
        return .json(200, ["ok": true])
    }

    /// Takes an account that is about to be removed from the keys of its owner that name it.
    ///
    /// SECURITY: before it is removed: else a key could open another account that was made under its name meanwhile.
    func forgetInApiKeys(_ provider: Provider, _ call: Endpoint.Call) async throws(Problem) {
        guard let book = settings.apiKeys else { return }
        let (name, id) = (provider.name, call.id)
        let keys: [String]
        do throws(ApiKeyError) {
            keys = try await Self.onDisk { () throws(ApiKeyError) in
                try book.forget(provider: name, account: id.account, of: id.owner)
            }
        } catch {
            throw notRevoked(error, "The account could not be taken from the API keys that name it.")
        }
        for key in keys {
            parts.log.info("account taken from apikey", ["owner": id.owner, "name": key, "account": id.account])
        }
    }

    /// Changes the file on a thread that may wait.
    private static func onDisk<Value: Sendable>(
        _ change: @escaping @Sendable () throws(ApiKeyError) -> Value
    ) async throws(ApiKeyError) -> Value {
        let result: Result<Value, ApiKeyError>
        do throws(BlockingThread.Failure) {
            result = try await BlockingThread.run {
                do throws(ApiKeyError) { return .success(try change()) } catch { return .failure(error) }
            }
        } catch {
            result = .failure(.notWritten("there is no thread to spare"))
        }
        return try result.get()
    }

    private func notRevoked(_ error: ApiKeyError, _ message: String) -> Problem {
        parts.log.warning("apikey not revoked", ["reason": error.description])
        return Problem(507, "not_saved", message, hint: "Latchkey's log says why; look at the data folder.")
    }

    private static func noSuchKey(_ name: String) -> Problem {
        Problem(404, "unknown_key", "You have no API key '\(name.prefix(64))'.", hint: "Load the page again.")
    }
}
