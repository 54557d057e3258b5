/// Texts that must not be seen where somebody else repeats them.
struct HiddenTexts: Sendable, Equatable {
    /// The longest first: one may begin with another.
    private let texts: [String]

    /// - Parameter shortest: what has fewer bytes is no secret, and would be found in every sentence.
    init(_ texts: some Sequence<String>, shortest: Int) {
        let all = Set(texts.lazy.filter { $0.utf8.count >= shortest })
        let encoded = all.flatMap { [Encoding.percent($0), Encoding.form($0), Self.escaped($0)] }
        self.texts = all.union(encoded).sorted { ($1.utf8.count, $0) < ($0.utf8.count, $1) }
    }

    /// There are none.
    static let none = HiddenTexts([], shortest: 1)

    /// As it stands in a string of JSON, or of a header field.
    private static func escaped(_ text: String) -> String {
        text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"")
    }

    /// A text with something else in the place of each.
    ///
    /// SECURITY: byte by byte: a mark that combines with the last letter hides nothing from people.
    func hide(in text: String, by stand: (String) -> String) -> String {
        texts.isEmpty
            ? text
            : String(
                decoding: texts.reduce(Array(text.utf8)) { bytes, hidden in
                    bytes.replacing(Array(hidden.utf8), with: Array(stand(hidden).utf8))
                }, as: UTF8.self)
    }
}

extension Scope {
    /// What a flow learns and anybody may see: it is shown, or says nothing of an account.
    private static let shownNames: Set<String> = [
        "user_code", "verification_uri", "verification_uri_complete", "redirect_uri", "code_challenge",
        "code_challenge_method", "token_type", "scope", "expires_in", "expires_at", "created_at", "interval", "reason",
        "page", "limit", "offset",
    ]

    /// What must not be shown of all that is known: secret fields, generated tokens, the tokens, and whatever else a flow
    /// has learned.
    var hiddenTexts: HiddenTexts {
        let provider = context.provider
        let keys =
            provider.fields.filter(\.isSecret).map(\.key)
            + provider.generated.filter { $0.kind == .token }.map(\.key)
            + [context.method.credential].compactMap(\.self)
        var texts = keys.compactMap { context.values[$0] }
        texts += flow.filter { !Self.shownNames.contains($0.key) }.map(\.value)
        if let tokens { texts += [tokens.accessToken, tokens.refreshToken ?? ""] + tokens.extras.map(\.value) }
        return HiddenTexts(texts, shortest: 4)
    }
}
