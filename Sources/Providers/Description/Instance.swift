/// A provider that is a server of the person's own: how its address is tidied, and how it is known.
public struct Instance: Sendable, Equatable {
    /// The key of the field that holds the address.
    public let field: String
    /// What a browser's address bar has after the address: `web`.
    let pages: [[String]]
    /// A request that any server of this product answers, without a token; its `product`, `version` and `name` count.
    let probe: Call?
    /// What the answer's `product` must contain.
    let product: String?
    /// The oldest version that will do.
    let minimumVersion: String?

    /// The key of the field that says how the server's certificate is checked.
    public static let trustKey = "tls"
    /// The key of the field that names a file of certificates.
    public static let fileKey = "ca_file"

    private static let trustLabels = [
        "verify": "By the authorities that this machine trusts", "ca_file": "By the CA file below",
        "none": "Not at all",
    ]

    /// The fields that every provider of this kind has, after its own.
    static let fields: [Field] = [
        Field(
            key: trustKey, label: "Certificate check", kind: .select, isRequired: false,
            hint: "Without a check, whoever is between Latchkey and the server can read everything.",
            pattern: nil, patternHelp: nil, options: ["verify", "ca_file", "none"], defaultValue: "verify"),
        Field(
            key: fileKey, label: "CA file", kind: .text, isRequired: false,
            hint: "The name of a PEM file in the folder 'certificates' of Latchkey's data folder.",
            pattern: "[A-Za-z0-9_-][A-Za-z0-9._-]{0,99}", patternHelp: "Only the file's name, such as home-ca.pem.",
            options: [], defaultValue: nil),
    ].map { field in
        var field = field
        field.isAdvanced = true
        if field.key == trustKey { field.optionLabels = trustLabels }
        return field
    }

    /// The address as it is kept: with its scheme, without a default port, a page, a query and slashes at the end; nil when
    /// the text is no address.
    public func normalized(_ text: String) -> String? { InstanceAddress.normalized(text, without: pages) }

    /// Whether nothing is checked, by an account's values.
    public static func isUnverified(_ values: [String: String]) -> Bool { trust(values) == .anyone }

    /// How the server's certificate is checked, by the account's values.
    static func trust(_ values: [String: String]) -> InstanceTrust {
        switch values[trustKey] {
        case "ca_file": .file(values[fileKey] ?? "")
        case "none": .anyone
        default: .system
        }
    }
}

/// What proves who an instance is.
public enum InstanceTrust: Sendable, Equatable {
    /// A certificate of an authority that this machine trusts.
    case system
    /// One of an authority in the file of this name.
    case file(String)
    /// Nothing.
    case anyone
}

/// The address of a person's own server, as it was typed or copied from the address bar.
public enum InstanceAddress {
    /// The address of an endpoint as it is kept: as it was typed, with its slashes and its query, and with a scheme; nil
    /// when the text is none.
    public static func endpoint(_ text: String) -> String? {
        let whole = withScheme(text)
        guard let address = WebAddress(whole), !address.climbs, !whole.contains("#") else { return nil }
        return whole
    }

    private static func withScheme(_ text: String) -> String {
        let typed = String(text.drop(while: \.isWhitespace).reversed().drop(while: \.isWhitespace).reversed())
        return typed.contains("://") ? typed : scheme(for: typed) + typed
    }

    /// The address as it is kept; nil when the text is none.
    public static func normalized(_ text: String, without pages: [[String]] = []) -> String? {
        let bare = String(withScheme(text).prefix { $0 != "?" && $0 != "#" })
        guard let address = WebAddress(bare), !address.climbs else { return nil }
        var path = address.path.split(separator: "/").map(String.init)
        if let last = path.last, last.hasPrefix("index.") { path.removeLast() }
        for page in pages where path.count >= page.count && path.suffix(page.count).elementsEqual(page) {
            path.removeLast(page.count)
            break
        }
        let host = address.host.contains(":") ? "[\(address.host)]" : address.host
        let port = address.port == (address.scheme == "https" ? 443 : 80) ? "" : ":\(address.port)"
        return "\(address.scheme)://\(host)\(port)" + path.map { "/" + $0 }.joined()
    }

    /// What stands before an address that has no scheme: at home hardly any server has a certificate.
    private static func scheme(for text: String) -> String {
        let authority = text.prefix { $0 != "/" && $0 != "?" && $0 != "#" }
        let host = authority.prefix { $0 != ":" }.lowercased()
        if authority.hasPrefix("[") || !host.contains(".") { return "http://" }
        let ends = [".local", ".lan", ".home", ".internal", ".home.arpa", ".box"]
        let octets = host.split(separator: ".").map { UInt8($0) }
        let isNumeric = octets.count == 4 && !octets.contains(nil)
        return isNumeric || ends.contains(where: host.hasSuffix) ? "http://" : "https://"
    }
}
