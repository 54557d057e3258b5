internal import HTTP
internal import Providers

/// Carries the requests of flows to providers and their answers back.
struct Transport: Sendable {
    let client: Client
    /// Hears of each exchange.
    var trace: (@Sendable (OutgoingRequest, Exchange) -> Void)?

    /// Sends a request. Whatever goes wrong is part of the outcome: flows know what to make of it.
    ///
    /// - Parameter limit: how many bytes the answer may have.
    func send(_ request: OutgoingRequest, limit: Int = 1 << 20) async -> Exchange {
        let exchange = await carry(request, limit: limit)
        trace?(request, exchange)
        return exchange
    }

    private func carry(_ request: OutgoingRequest, limit: Int) async -> Exchange {
        var headers = HeaderFields()
        for header in request.headers { headers.append(header.name, header.value) }
        do throws(ClientError) {
            let response = try await client.send(
                ClientRequest(
                    method: request.method, url: request.url, headers: headers, body: request.body,
                    maximumBytes: limit))
            return .response(
                ProviderResponse(
                    status: response.status, headers: response.headers.fields.map { Parameter($0.name, $0.value) },
                    body: response.body))
        } catch {
            return .failure(ExchangeFailure(error))
        }
    }
}

extension ExchangeFailure {
    fileprivate init(_ error: ClientError) {
        switch error {
        case .timedOut: self = .timedOut
        case .tooLarge: self = .tooLarge
        case .tls(let reason): self = .tls(reason)
        default: self = .unreachable("\(error)")
        }
    }
}
