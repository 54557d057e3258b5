internal import Files
internal import HTTP
internal import Providers

/// Carries the requests of flows to providers and their answers back.
struct Transport: Sendable {
    let client: Client
    /// Hears of each exchange.
    var trace: (@Sendable (OutgoingRequest, Exchange) -> Void)?
    /// Where the files are that people may choose to check the certificates of their own servers with.
    var certificates: String?

    /// Sends a request. Whatever goes wrong is part of the outcome: flows know what to make of it.
    ///
    /// - Parameter limit: how many bytes the answer may have.
    func send(
        _ request: OutgoingRequest, limit: Int = 1 << 20, timeout: Duration = .seconds(15)
    ) async -> Exchange {
        let exchange = await carry(request, limit: limit, timeout: timeout)
        trace?(request, exchange)
        return exchange
    }

    private func carry(_ request: OutgoingRequest, limit: Int, timeout: Duration) async -> Exchange {
        guard let reach = reach(request.instance) else {
            return .failure(.refused("the CA file is not in the folder 'certificates' of the data folder"))
        }
        var headers = HeaderFields()
        for header in request.headers { headers.append(header.name, header.value) }
        do throws(ClientError) {
            let response = try await client.send(
                ClientRequest(
                    method: request.method, url: request.url, headers: headers, body: request.body,
                    timeout: timeout, maximumBytes: limit, reach: reach))
            return .response(
                ProviderResponse(
                    status: response.status, headers: response.headers.fields.map { Parameter($0.name, $0.value) },
                    body: response.body))
        } catch {
            return .failure(ExchangeFailure(error))
        }
    }

    /// Nil when the file of certificates is not there: then nothing is sent, rather than with other certificates.
    private func reach(_ instance: InstanceTrust?) -> Reach? {
        switch instance {
        case nil: .web
        case .system?: Reach(allowsPrivateHTTP: true, trust: .system)
        case .anyone?: Reach(allowsPrivateHTTP: true, trust: .anyone)
        case .file(let name)?:
            // SECURITY: a name and no path: whoever may choose it must not learn what other files there are.
            if let folder = certificates, !name.isEmpty, !name.hasPrefix("."), !name.contains("/"),
                case let path = Files.join(folder, name), (try? Files.read(path)) != nil
            {
                Reach(allowsPrivateHTTP: true, trust: .file(path))
            } else {
                nil
            }
        }
    }
}

extension ExchangeFailure {
    fileprivate init(_ error: ClientError) {
        switch error {
        case .timedOut: self = .timedOut
        case .tooLarge: self = .tooLarge
        case .tls(let reason): self = .tls(reason)
        case .forbidden, .notPrivate: self = .refused("\(error)")
        default: self = .unreachable("\(error)")
        }
    }
}
