internal import CCurl

/// One request at work: libcurl's handle and what has arrived. It belongs to the engine's thread.
final class Transfer {
    typealias Outcome = Result<ClientResponse, ClientError>

    let order: TransferOrder
    private(set) var handle: UnsafeMutableRawPointer
    private let continuation: CheckedContinuation<Outcome, Never>
    private var headerList: UnsafeMutablePointer<curl_slist>?
    private var headers = HeaderFields()
    private var headerBytes = 0
    private var body: [UInt8] = []
    private var isTooLarge = false
    /// Why the last address was not connected to.
    private var refusal: ClientError?
    private var options: TransferOptions

    /// Makes the handle; nil, after answering, when libcurl has no memory.
    init?(_ order: TransferOrder, _ continuation: CheckedContinuation<Outcome, Never>) {
        guard let handle = lk_curl_easy_init() else {
            continuation.resume(returning: .failure(.malformed("libcurl could not start a request")))
            return nil
        }
        self.order = order
        self.handle = handle
        self.continuation = continuation
        options = TransferOptions(handle)
        configure()
    }

    /// Hands the request to libcurl; false, after answering, when libcurl does not take it as it is.
    func begin(on multi: UnsafeMutableRawPointer?) -> Bool {
        guard let problem = options.problem ?? add(to: multi) else { return true }
        continuation.resume(returning: .failure(.malformed(problem)))
        return false
    }

    /// Why libcurl does not take the request; nil when it does.
    private func add(to multi: UnsafeMutableRawPointer?) -> String? {
        let code = lk_curl_multi_add_handle(multi, handle)
        return code == CURLM_OK
            ? nil : "libcurl did not take the request: \(String(cString: lk_curl_multi_strerror(code)))"
    }

    deinit {
        lk_curl_easy_cleanup(handle)
        lk_curl_slist_free_all(headerList)
    }

    /// Answers the caller; to be called exactly once.
    func finish(_ code: CURLcode) {
        continuation.resume(returning: outcome(code))
    }

    func cancel() {
        continuation.resume(returning: .failure(.cancelled))
    }

    private func outcome(_ code: CURLcode) -> Outcome {
        if isTooLarge { return .failure(.tooLarge) }
        guard code == CURLE_OK else {
            return .failure(code == CURLE_COULDNT_CONNECT ? refusal ?? error(code) : error(code))
        }
        var status = 0
        lk_curl_get_long(handle, CURLINFO_RESPONSE_CODE, &status)
        return .success(ClientResponse(status: status, headers: headers, body: body))
    }

    /// SECURITY: libcurl's messages can hold the URL; only the host is said.
    private func error(_ code: CURLcode) -> ClientError {
        switch code {
        case CURLE_OPERATION_TIMEDOUT: .timedOut
        case CURLE_COULDNT_RESOLVE_HOST, CURLE_COULDNT_RESOLVE_PROXY: .cannotResolve(order.target.host)
        case CURLE_PEER_FAILED_VERIFICATION: .certificate(order.target.host, certificateFault)
        case CURLE_SSL_CACERT_BADFILE: .certificate(order.target.host, .noAuthority)
        case CURLE_SSL_CONNECT_ERROR, CURLE_SSL_CERTPROBLEM, CURLE_SSL_CIPHER, CURLE_SSL_ISSUER_ERROR,
            CURLE_SSL_INVALIDCERTSTATUS:
            .tls(order.target.host)
        case CURLE_WEIRD_SERVER_REPLY, CURLE_UNSUPPORTED_PROTOCOL, CURLE_HTTP2, CURLE_HTTP2_STREAM,
            CURLE_BAD_CONTENT_ENCODING:
            .malformed("the answer of \(order.target.host) is not HTTP")
        case CURLE_FILESIZE_EXCEEDED: .tooLarge
        default: .cannotConnect(order.target.host)
        }
    }

    /// What OpenSSL found (X509_STORE_CTX_get_error). Where only the name is another one, libcurl says so before it asks
    /// OpenSSL what it found, and the code is 0 or 1.
    private var certificateFault: CertificateFault {
        var code = 0
        lk_curl_get_long(handle, CURLINFO_SSL_VERIFYRESULT, &code)
        return switch code {
        case 0, 1, 62, 64: .otherName
        case 9: .notYetValid
        case 10: .expired
        default: .unknownAuthority
        }
    }
}

// MARK: - Options

extension Transfer {
    private func configure() {
        let request = order.request
        options.set(CURLOPT_URL, order.target.url)
        // SECURITY: nothing but https, and http to this machine and where the request may; no redirect; certificates and
        // names are checked, unless the person has said otherwise of this server; no user from a file. A libcurl that
        // refuses one of these sends nothing.
        options.set(CURLOPT_PROTOCOLS_STR, order.target.isLoopback || order.target.isPlain ? "http,https" : "https")
        options.set(CURLOPT_FOLLOWLOCATION, 0)
        let isVerified = request.reach.trust != .anyone
        options.set(CURLOPT_SSL_VERIFYPEER, isVerified ? 1 : 0)
        options.set(CURLOPT_SSL_VERIFYHOST, isVerified ? 2 : 0)
        options.set(CURLOPT_NETRC, Int(CURL_NETRC_IGNORED.rawValue))
        // SECURITY: what is for this machine or a private network does not go through a proxy elsewhere.
        if order.target.isLoopback || order.target.isPlain { options.set(CURLOPT_PROXY, "") }
        options.set(CURLOPT_SUPPRESS_CONNECT_HEADERS, 1)
        options.set(CURLOPT_NOSIGNAL, 1)
        options.set(CURLOPT_TIMEOUT_MS, Self.milliseconds(request.timeout))
        options.set(CURLOPT_CONNECTTIMEOUT_MS, Self.milliseconds(order.client.connectTimeout))
        if case .authorities(let certificates) = request.reach.trust { options.trustOnly(certificates) }
        configureContent(request)
        configureCallbacks()
    }

    /// At least one: libcurl takes 0 for no limit at all.
    private static func milliseconds(_ duration: Duration) -> Int { max(1, Int(duration.milliseconds)) }

    private func configureContent(_ request: ClientRequest) {
        for line in order.headerLines {
            guard let list = lk_curl_slist_append(headerList, line) else {
                return options.refuse(CURLOPT_HTTPHEADER, CURLE_OUT_OF_MEMORY)
            }
            headerList = list
        }
        options.set(CURLOPT_HTTPHEADER, pointer: headerList)
        if request.method == "HEAD" { options.set(CURLOPT_NOBODY, 1) }
        if !request.body.isEmpty || request.method == "POST" {
            options.set(CURLOPT_POSTFIELDSIZE_LARGE, request.body.count)
            // One byte more than is sent: libcurl takes a nil pointer for "read the content from a file".
            (request.body + [0]).withUnsafeBytes { options.set(CURLOPT_COPYPOSTFIELDS, pointer: $0.baseAddress) }
        }
        if request.method != "HEAD" { options.set(CURLOPT_CUSTOMREQUEST, request.method) }
    }

    private func configureCallbacks() {
        let this = Unmanaged.passUnretained(self).toOpaque()
        options.set(CURLOPT_PRIVATE, pointer: this)
        options.set(CURLOPT_WRITEDATA, pointer: this)
        options.set(CURLOPT_WRITEFUNCTION) { Transfer.of($3)?.receive($0, $1 &* $2) ?? 0 }
        options.set(CURLOPT_HEADERDATA, pointer: this)
        options.set(CURLOPT_OPENSOCKETDATA, pointer: this)
        options.setOpen { Transfer.of($0)?.open($2) ?? -1 }
        options.set(CURLOPT_HEADERFUNCTION) { Transfer.of($3)?.receiveHeader($0, $1 &* $2) ?? 0 }
    }

    /// The transfer behind a pointer that libcurl gives back.
    static func of(_ pointer: UnsafeMutableRawPointer?) -> Transfer? {
        pointer.map { Unmanaged<Transfer>.fromOpaque($0).takeUnretainedValue() }
    }
}

// MARK: - Connecting

extension Transfer {
    /// Opens the socket for an address that the name has; -1 when it must not be connected to.
    ///
    /// SECURITY: this sees what DNS said at this moment, and not at an earlier check.
    private func open(_ address: UnsafeMutablePointer<curl_sockaddr>?) -> Int32 {
        guard let address, let offset = MemoryLayout<curl_sockaddr>.offset(of: \.addr) else { return -1 }
        let bytes = UnsafeRawBufferPointer(
            start: UnsafeRawPointer(address) + offset, count: Int(address.pointee.addrlen))
        refusal = OutgoingSocket.address(in: bytes).map(objection) ?? .cannotConnect(order.target.host)
        guard refusal == nil else { return -1 }
        return OutgoingSocket.open(
            family: address.pointee.family, kind: address.pointee.socktype, number: address.pointee.protocol)
    }

    private func objection(_ address: ClientAddress) -> ClientError? {
        if address.isMetadataService { return .forbidden(order.target.host) }
        let isNear = address.isLoopback || address.isPrivate
        return order.target.isPlain && !isNear ? .notPrivate(order.target.host) : nil
    }
}

// MARK: - What arrives

extension Transfer {
    /// Takes content; another number than `count` ends the transfer.
    private func receive(_ bytes: UnsafeMutablePointer<CChar>?, _ count: Int) -> Int {
        guard count <= order.request.maximumBytes - body.count else {
            isTooLarge = true
            return count == 0 ? 1 : 0
        }
        body.append(contentsOf: UnsafeRawBufferPointer(start: bytes, count: count))
        return count
    }

    /// Takes one line of a header section. A status line begins a new one, for there may be interim responses.
    private func receiveHeader(_ bytes: UnsafeMutablePointer<CChar>?, _ count: Int) -> Int {
        headerBytes += count
        guard headerBytes <= order.client.maximumHeaderBytes else {
            isTooLarge = true
            return 0
        }
        let line = UnsafeRawBufferPointer(start: bytes, count: count)
        if line.starts(with: "HTTP/".utf8) {
            headers = HeaderFields()
        } else if let colon = line.firstIndex(of: Bytes.colon) {
            let name = String(decoding: line[..<colon], as: UTF8.self)
            headers.append(name, Self.trimmed(line[(colon + 1)...]))
        }
        return count
    }

    private static func trimmed(_ bytes: Slice<UnsafeRawBufferPointer>) -> String {
        let isSpace: (UInt8) -> Bool = { $0 == Bytes.space || (0x09...0x0D).contains($0) }
        var rest = bytes.drop(while: isSpace)
        while let last = rest.last, isSpace(last) { rest.removeLast() }
        return String(decoding: rest, as: UTF8.self)
    }
}
