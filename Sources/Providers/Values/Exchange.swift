public import JSON

/// What a provider answered.
public struct ProviderResponse: Sendable, Equatable {
    /// The HTTP status code.
    public var status: Int
    /// The header fields, in order.
    public var headers: [Parameter]
    /// The body as it was sent, bounded by whoever received it. No coding is asked for, and so none is undone.
    public var body: [UInt8]
    /// The query items of the address in `Location`, which is read and never asked.
    public var location: [Parameter]

    /// An answer.
    public init(status: Int, headers: [Parameter] = [], body: [UInt8] = [], location: [Parameter] = []) {
        self.status = status
        self.headers = headers
        self.body = body
        self.location = location
    }

    /// The first header field of this name; case does not count.
    public func header(_ name: String) -> String? {
        headers.first { $0.name.lowercased() == name.lowercased() }?.value
    }

    /// The body as JSON, or `nil` when it is empty, is not JSON, or nests deeper than 64 levels. That of a redirect (3xx)
    /// does not count: `{location: {code: "…"}}` has the query items of where it leads; a name that comes with two values is
    /// left out.
    public var json: JSON? {
        if 300...399 ~= status {
            var items: JSONObject = [:]
            for item in location where !location.contains(where: { $0.name == item.name && $0 != item }) {
                items[item.name] = .string(item.value)
            }
            return ["location": .object(items)]
        }
        return body.isEmpty ? nil : try? JSON.parse(body, file: "answer")
    }
}

/// What became of an `OutgoingRequest`.
public enum Exchange: Sendable, Equatable {
    /// The provider answered, with whatever status.
    case response(ProviderResponse)
    /// There was no usable answer.
    case failure(ExchangeFailure)
}

/// Why there was no answer.
public enum ExchangeFailure: Sendable, Equatable {
    /// Nothing came within the time allowed.
    case timedOut
    /// No connection: the name did not resolve, the connection was refused, or it broke. The text is for the log.
    case unreachable(String)
    /// The answer was larger than allowed.
    case tooLarge
    /// The TLS handshake was wrong. The text is for the log.
    case tls(String)
    /// The server's certificate was not believed.
    case certificate(CertificateDoubt)
    /// The address must not be asked. The text is half a sentence for people.
    case refused(String)

    var hint: String? { asksNobody.map { _ in "Enter another address." } }

    /// Why nobody was asked, in half a sentence.
    var asksNobody: String? {
        if case .refused(let reason) = self { return reason }
        return nil
    }

    /// Whether the provider may only be away: it may answer later, and nothing that was entered has to change for that.
    var isAbsence: Bool {
        switch self {
        case .timedOut, .unreachable: true
        case .tooLarge, .tls, .certificate, .refused: false
        }
    }
}

/// Why a server's certificate was not believed.
public enum CertificateDoubt: Sendable, Equatable {
    /// No authority that is trusted has signed it.
    case unknownAuthority
    /// Its time is over.
    case expired
    /// Its time has not begun.
    case notYetValid
    /// It is for another name than that of the address.
    case otherName
    /// The CA file of this name is not there.
    case noFile(String)
    /// The CA file holds no certificate.
    case noCertificate
}
