internal import CCurl

/// Sets the options of one libcurl handle, and remembers the first one that libcurl refused.
///
/// SECURITY: libcurl may be older or built with less than this was written for. An option that was not taken must not
/// go unnoticed: without `CURLOPT_PROTOCOLS_STR`, for one, a request could go out unencrypted.
struct TransferOptions {
    typealias Callback =
        @convention(c) (UnsafeMutablePointer<CChar>?, Int, Int, UnsafeMutableRawPointer?) -> Int

    private let handle: UnsafeMutableRawPointer
    /// Why the request cannot be sent; nil when libcurl has taken every option.
    private(set) var problem: String?

    init(_ handle: UnsafeMutableRawPointer) {
        self.handle = handle
    }

    mutating func set(_ option: CURLoption, _ value: Int) {
        check(option, lk_curl_set_long(handle, option, value))
    }

    mutating func set(_ option: CURLoption, _ value: String) {
        check(option, lk_curl_set_string(handle, option, value))
    }

    mutating func set(_ option: CURLoption, pointer: UnsafeRawPointer?) {
        check(option, lk_curl_set_pointer(handle, option, pointer))
    }

    mutating func set(_ option: CURLoption, callback: Callback) {
        check(option, lk_curl_set_write(handle, option, callback))
    }

    /// Takes these authorities' certificates for good ones, and no others.
    ///
    /// SECURITY: the bytes and not a file's name: libcurl uses connections again where the bytes are the same, and would keep
    /// what it has read of a file for a day, whatever becomes of the file.
    mutating func trustOnly(_ certificates: [UInt8]) {
        set(CURLOPT_CAINFO, pointer: nil)
        set(CURLOPT_CAPATH, pointer: nil)
        var certificates = certificates
        let code = certificates.withUnsafeMutableBytes { bytes in
            var blob = curl_blob(data: bytes.baseAddress, len: bytes.count, flags: UInt32(CURL_BLOB_COPY))
            return lk_curl_set_pointer(handle, CURLOPT_CAINFO_BLOB, &blob)
        }
        check(CURLOPT_CAINFO_BLOB, code)
    }

    mutating func setOpen(
        _ function:
            @convention(c) (UnsafeMutableRawPointer?, curlsocktype, UnsafeMutablePointer<curl_sockaddr>?) ->
            curl_socket_t
    ) {
        check(CURLOPT_OPENSOCKETFUNCTION, lk_curl_set_open(handle, function))
    }

    private mutating func check(_ option: CURLoption, _ code: CURLcode) {
        if code != CURLE_OK { refuse(option, code) }
    }

    /// Notes that an option could not be set. SECURITY: its value is not said, for it can be a secret.
    mutating func refuse(_ option: CURLoption, _ code: CURLcode) {
        guard problem == nil else { return }
        let name = lk_curl_easy_option_by_id(option).map { String(cString: $0.pointee.name) } ?? "\(option.rawValue)"
        let reason = String(cString: lk_curl_easy_strerror(code))
        problem = "libcurl does not take the option \(name), so nothing was sent: \(reason)"
    }
}
