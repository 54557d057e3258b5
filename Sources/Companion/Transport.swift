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
        let reach: Reach
        do throws(NoAuthority) {
            reach = try self.reach(request.instance)
        } catch {
            return .failure(.certificate(error.doubt))
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
                    body: response.body,
                    location: Array([Parameter](queryOf: response.headers["Location"] ?? "").prefix(64))))
        } catch {
            return .failure(ExchangeFailure(error))
        }
    }

    private struct NoAuthority: Error { let doubt: CertificateDoubt }

    private func reach(_ instance: InstanceTrust?) throws(NoAuthority) -> Reach {
        switch instance {
        case nil: .web
        case .system?: Reach(allowsPrivateHTTP: true, trust: .system)
        case .anyone?: Reach(allowsPrivateHTTP: true, trust: .anyone)
        case .file(let name)?: Reach(allowsPrivateHTTP: true, trust: .authorities(try authorities(name)))
        }
    }

    /// The content of a file of certificates, as it is now.
    ///
    /// - Throws: when it is not there, or none: then nothing is sent, rather than with other certificates.
    private func authorities(_ name: String) throws(NoAuthority) -> [UInt8] {
        // SECURITY: a name and no path: whoever may choose it must not learn what other files there are.
        guard let folder = certificates, !name.isEmpty, !name.hasPrefix("."), !name.utf8.contains(UInt8(ascii: "/")),
            let bytes = try? Files.read(Files.join(folder, name), limit: 1 << 20)
        else { throw NoAuthority(doubt: .noFile(name)) }
        return bytes
    }
}

extension ExchangeFailure {
    fileprivate init(_ error: ClientError) {
        switch error {
        case .timedOut: self = .timedOut
        case .tooLarge: self = .tooLarge
        case .tls(let reason): self = .tls(reason)
        case .certificate(_, let fault): self = .certificate(CertificateDoubt(fault))
        case .forbidden, .notPrivate: self = .refused("\(error)")
        default: self = .unreachable("\(error)")
        }
    }
}

extension CertificateDoubt {
    fileprivate init(_ fault: CertificateFault) {
        switch fault {
        case .unknownAuthority: self = .unknownAuthority
        case .expired: self = .expired
        case .notYetValid: self = .notYetValid
        case .otherName: self = .otherName
        case .noAuthority: self = .noCertificate
        }
    }
}

extension [Parameter] {
    /// The items of the query of an address, decoded, in their order.
    init(queryOf address: String) {
        let query = address.drop { $0 != "?" }.dropFirst().prefix { $0 != "#" }
        self = FormDecoder.items(String(query)).map { Parameter($0.name, $0.value) }
    }
}
