internal import Diagnostics
public import JSON

/// Which config paths exist, what they may hold, and which of them are secret: all from the descriptions.
public struct ConfigSchema: Sendable {
    /// A path that people may set: `trakt.client_id`.
    public struct Setting: Sendable, Equatable {
        /// The dotted path.
        public let path: String
        /// The provider's name.
        public let provider: String
        /// The provider's name for people.
        public let providerLabel: String
        /// The field that it is.
        public let field: Field

        /// Whether the value is a secret.
        public var isSecret: Bool { field.isSecret }
    }

    /// What stands for a secret where settings are shown: eight times U+2022. Handing it back changes nothing.
    public static let mask = String(repeating: "\u{2022}", count: 8)
    /// The longest value, in bytes.
    public static let longestValue = 4096

    /// The keys below `auth.<provider>` that a page may see; every other one is secret.
    public static let publicTokenKeys: Set<String> = [
        "token_type", "scope", "expires_at", "redirect_uri", "method", "account_name", "account_id", "linked_at",
    ]

    /// All paths that people may set, by provider and in the order of the fields.
    public let settings: [Setting]
    /// The generated values that may be seen: names, not secrets.
    private let visible: Set<String>
    private let providers: Set<String>
    private let byPath: [String: Setting]

    /// The schema of these providers.
    public init(_ catalogue: Catalogue) {
        settings = catalogue.providers.flatMap { provider in
            provider.keptFields.map {
                Setting(
                    path: "\(provider.name).\($0.key)", provider: provider.name, providerLabel: provider.label,
                    field: $0)
            }
        }
        visible = Set(
            catalogue.providers.flatMap { provider in
                provider.generated.filter { $0.kind == .uuid }.map { "\(provider.name).\($0.key)" }
            })
        providers = Set(catalogue.providers.map(\.name))
        byPath = Dictionary(settings.map { ($0.path, $0) }) { first, _ in first }
    }

    /// The setting with this path.
    public subscript(path: String) -> Setting? { byPath[path] }

    /// Whether a value must be masked: secret fields, generated tokens, everything under `auth` that is not known to be
    /// harmless, pending flows, and all that the schema does not know.
    public func isSecret(_ path: String) -> Bool {
        if let setting = self[path] { return setting.isSecret }
        let parts = path.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
        if parts.count == 3, parts[0] == "auth", providers.contains(parts[1]) {
            return !Self.publicTokenKeys.contains(parts[2])
        }
        // SECURITY: what is not known is not shown.
        return !visible.contains(path)
    }

    /// What tells how a connection stands, below `auth.<provider>`: not for pages, but for whoever looks into the file.
    private static let conditionKeys: Set<String> = ["problem", "problem_source", "problem_message", "problem_hint"]

    /// Whether a text that is stored at this path must not be readable in the file: what must be masked, but not what
    /// somebody who looks for a fault there has to see.
    public func isSealed(_ path: [String]) -> Bool {
        if path == ["_owner"] { return false }
        if path.count == 3, path[0] == "auth", Self.conditionKeys.contains(path[2]) { return false }
        return isSecret(path.joined(separator: "."))
    }

    /// The setting that was perhaps meant, else all of the same provider: those of all are too many to read.
    private func help(for path: String) -> String? {
        if let nearest = Suggestion.nearest(to: path, among: settings.map(\.path)) {
            return "did you mean '\(nearest)'?"
        }
        let own = settings.filter { $0.provider == path.prefix { $0 != "." } }.map(\.path)
        return own.isEmpty ? nil : "available: " + own.joined(separator: ", ")
    }

    /// Why a value cannot be set at this path, as a sentence; `nil` when it can. `null` clears and always fits.
    public func problem(with value: JSON, at path: String) -> String? {
        guard let setting = self[path] else {
            let help = help(for: path).map { " (\($0))" } ?? ""
            return "'\(Encoding.excerpt(path, limit: 80))' is not a setting\(help)."
        }
        if value == .null { return nil }
        guard let text = value.stringValue else { return "The \(setting.field.label) must be text, not \(value.kind)." }
        return setting.field.problem(with: text)
    }
}

extension Field {
    /// Why a text cannot be the value of this field, as a sentence; `nil` when it can. Empty always fits.
    public func problem(with text: String) -> String? {
        if text.isEmpty { return nil }
        if text.utf8.count > ConfigSchema.longestValue {
            return "The \(label) is longer than \(ConfigSchema.longestValue) bytes."
        }
        if !Encoding.isPlain(text) { return "The \(label) has a line break or a control character in it." }
        if kind == .select, !options.contains(text) {
            return "The \(label) must be one of: \(options.joined(separator: ", "))."
        }
        if kind == .url, InstanceAddress.normalized(text) == nil {
            return "The \(label) must be the address of a server, such as http://192.168.1.5:8096."
        }
        guard let pattern, !Self.matches(text, pattern) else { return nil }
        return patternHelp ?? "The \(label) does not have the right form."
    }

    /// Whether the pattern fits the whole text, as HTML's `pattern` attribute does.
    static func matches(_ text: String, _ pattern: String) -> Bool {
        guard let regex = try? Regex(pattern) else { return false }
        return (try? regex.wholeMatch(in: text)) != nil
    }
}
