/// Why there is no response.
///
/// SECURITY: no case holds a path, a query, a header or content: these hold codes and secrets, and errors are logged.
public enum ClientError: Error, Equatable, Sendable, CustomStringConvertible {
    /// The time was over.
    case timedOut
    /// Nobody listens there, or the connection broke; the value is the host.
    case cannotConnect(String)
    /// The name has no address; the value is the host.
    case cannotResolve(String)
    /// The TLS handshake is no good; the value is the host.
    case tls(String)
    /// The certificate is not believed; the values are the host, and why.
    case certificate(String, CertificateFault)
    /// The response is larger than the request allows.
    case tooLarge
    /// The URL is not https, and not http to this machine; the value is the host.
    case insecureURL(String)
    /// The address belongs to a service of a cloud that gives credentials away; the value is the host.
    case forbidden(String)
    /// Plain http would go to an address that is not private; the value is the host.
    case notPrivate(String)
    /// The request or the response is malformed; the value says in what.
    case malformed(String)
    /// The task was cancelled.
    case cancelled

    /// A sentence for people.
    public var description: String {
        switch self {
        case .timedOut: "the server did not answer in time"
        case .cannotConnect(let host): "cannot connect to \(host), or the connection broke"
        case .cannotResolve(let host): "the name \(host) has no address: check the name and the DNS of this machine"
        case .tls(let host): "no secure connection to \(host): its TLS was refused"
        case .certificate(let host, let fault): "no secure connection to \(host): \(fault)"
        case .tooLarge: "the answer is too large"
        case .insecureURL(let host):
            "the address of \(host) must begin with https:// (http:// is for this machine only)"
        case .forbidden(let host):
            "\(host) leads to a metadata service of a cloud, which is never asked"
        case .notPrivate(let host):
            "\(host) is not in a private network: its address must begin with https://"
        case .malformed(let what): what
        case .cancelled: "the request was cancelled"
        }
    }
}

/// Why a certificate is not believed.
public enum CertificateFault: Sendable, Equatable, CustomStringConvertible {
    /// No authority that is trusted has signed it.
    case unknownAuthority
    /// Its time is over.
    case expired
    /// Its time has not begun.
    case notYetValid
    /// It is for another host.
    case otherName
    /// There is none among the authorities that are to be trusted: the file holds no certificate.
    case noAuthority

    /// Half a sentence for people.
    public var description: String {
        switch self {
        case .unknownAuthority: "its certificate is signed by nobody who is trusted"
        case .expired: "its certificate has expired"
        case .notYetValid: "its certificate is not valid yet"
        case .otherName: "its certificate is for another name"
        case .noAuthority: "the file of authorities holds no certificate"
        }
    }
}
