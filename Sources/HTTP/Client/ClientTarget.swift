internal import CCurl

/// A checked URL of a request.
///
/// SECURITY: libcurl's own parser takes it apart, so that what was checked is what libcurl connects to.
struct ClientTarget: Sendable, Equatable {
    let url: String
    /// The host for messages.
    let host: String
    /// Whether it is this machine.
    let isLoopback: Bool
    /// Whether it is http.
    let isPlain: Bool

    init(_ url: String, _ reach: Reach = .web) throws(ClientError) {
        // Every request begins here, so nothing of libcurl is called before.
        guard CurlLibrary.isLoaded else {
            throw .malformed("\(CurlLibrary.name) could not be loaded: install libcurl 7.85 or newer")
        }
        guard !url.utf8.contains(where: { $0 <= 0x20 || $0 == 0x7F }), let handle = lk_curl_url() else {
            throw .malformed("the address has white space or a control character")
        }
        defer { lk_curl_url_cleanup(handle) }
        guard lk_curl_url_set(handle, CURLUPART_URL, url, 0) == CURLUE_OK, let host = Self.part(handle, CURLUPART_HOST)
        else { throw .malformed("the address is not a URL that begins with https://") }
        guard Self.part(handle, CURLUPART_USER) == nil, Self.part(handle, CURLUPART_PASSWORD) == nil else {
            throw .malformed("the address of \(host) holds a user name or a password")
        }
        let scheme = Self.part(handle, CURLUPART_SCHEME)
        let isThisMachine = Self.isThisMachine(host)
        isPlain = scheme == "http"
        guard scheme == "https" || isPlain && (isThisMachine || reach.allowsPrivateHTTP) else {
            throw .insecureURL(host)
        }
        try Self.checkAllowed(host, isPlain: isPlain)
        guard let normal = Self.part(handle, CURLUPART_URL) else { throw .malformed("the address is not a URL") }
        self.url = normal
        self.host = host
        isLoopback = isThisMachine
    }

    private static func part(_ handle: OpaquePointer, _ part: CURLUPart) -> String? {
        var text: UnsafeMutablePointer<CChar>?
        guard lk_curl_url_get(handle, part, &text, 0) == CURLUE_OK, let text else { return nil }
        defer { lk_curl_free(text) }
        return String(cString: text)
    }

    /// SECURITY: a proxy would resolve the name where we do not see it; without one, each address is looked at before it is
    /// connected to (`Transfer.open`).
    private static func checkAllowed(_ host: String, isPlain: Bool) throws(ClientError) {
        let bare = host.hasPrefix("[") ? String(host.dropFirst().dropLast()) : host.lowercased()
        let name = bare.hasSuffix(".") ? String(bare.dropLast()) : bare
        let address = ClientAddress(name)
        if address?.isMetadataService == true || metadataNames.contains(name) { throw .forbidden(host) }
        if isPlain, let address, !address.isPrivate, !address.isLoopback { throw .notPrivate(host) }
    }

    /// The names that clouds give their metadata services.
    private static let metadataNames: Set<String> = [
        "metadata", "metadata.google.internal", "metadata.goog", "instance-data", "instance-data.ec2.internal",
        "metadata.tencentyun.com", "metadata.platformequinix.com",
    ]

    /// libcurl has already turned numeric forms such as `127.1` into four decimal numbers.
    ///
    /// SECURITY: what it left with a zero in front is no address to it (`127.0.0.08`: no octal number), but a name that
    /// DNS may send anywhere.
    private static func isThisMachine(_ host: String) -> Bool {
        let host = host.lowercased()
        if host == "localhost" || host == "[::1]" { return true }
        let numbers = host.split(separator: ".", omittingEmptySubsequences: false)
        return numbers.count == 4 && numbers.first == "127"
            && numbers.allSatisfy { number in UInt8(number).map { String($0) == number } ?? false }
    }
}

/// The header lines of a request as libcurl takes them.
enum ClientHeaders {
    private static let own: Set<String> = ["content-length", "host", "transfer-encoding", "user-agent", "connection"]

    /// SECURITY: a value with a line end would be a header of its own, so the request is refused.
    static func lines(_ request: ClientRequest, userAgent: String) throws(ClientError) -> [String] {
        guard !request.method.isEmpty, request.method.utf8.allSatisfy(Bytes.isToken) else {
            throw .malformed("the method of the request is not a token")
        }
        guard userAgent.utf8.allSatisfy(Bytes.isFieldValue) else {
            throw .malformed("the User-Agent has a control character")
        }
        // libcurl adds these on its own unless they are named without a value.
        var lines = ["User-Agent: \(userAgent)", "Expect:"]
        if request.headers["Content-Type"] == nil { lines.append("Content-Type:") }
        if request.headers["Accept"] == nil { lines.append("Accept: */*") }
        for field in request.headers.fields where !own.contains(field.name.lowercased()) {
            guard FieldWriter.isWellFormed(field) else {
                throw .malformed("a header field of the request has a line end or a character that is not allowed")
            }
            lines.append(field.value.isEmpty ? "\(field.name);" : "\(field.name): \(field.value)")
        }
        return lines
    }
}
