internal import Crypto
internal import HTTP

extension Call {
    /// The user and the password of HTTP Basic, form-decoded (RFC 6749 section 2.3.1).
    var basic: (user: String, password: String)? {
        guard let value = header("Authorization"), value.lowercased().hasPrefix("basic "),
            let bytes = Base64.decode(String(value.dropFirst(6)))
        else { return nil }
        let parts = String(decoding: bytes, as: UTF8.self).split(
            separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2 else { return nil }
        let decoded = FormDecoder.items("user=\(parts[0])&password=\(parts[1])")
        return (decoded.first?.value ?? "", decoded.last?.value ?? "")
    }
}
