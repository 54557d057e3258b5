import HTTP

/// What every answer has to carry, and must not.
enum AnswerRules {
    private static let policy =
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
        + "form-action 'self'; frame-ancestors 'none'; base-uri 'none'"

    /// Fields that come once, with these values.
    private static let fixed = [
        ("Content-Security-Policy", policy), ("X-Content-Type-Options", "nosniff"),
        ("Cross-Origin-Opener-Policy", "same-origin-allow-popups"), ("Cross-Origin-Resource-Policy", "same-origin"),
    ]

    /// Everything that is wrong with an answer.
    ///
    /// - Parameter isBuilt: whether it comes from a built file, which may be kept and must be asked for again.
    static func complaints(_ answer: Answer, isBuilt: Bool = false, _ place: String) -> [String] {
        var wrong: [String] = []
        func once(_ name: String, _ values: [String]) {
            let given = answer.headers.values(of: name)
            if given.count != 1 || !values.contains(given[0]) { wrong.append("\(name) is \(given)") }
        }
        for (name, value) in fixed { once(name, [value]) }
        // The page with the form: with no-referrer a browser would not say where the form comes from.
        once("Referrer-Policy", answer.text.contains("name=\"form_token\"") ? ["same-origin"] : ["no-referrer"])
        once("Cache-Control", isBuilt ? ["no-cache", "public, max-age=31536000, immutable"] : ["no-store"])
        if !answer.body.isEmpty {
            once("Content-Type", answer.headers.values(of: "Content-Type").filter { !$0.isEmpty })
        }
        let telling = ["server", "x-powered-by", "via"]
        for field in answer.headers.fields {
            let name = field.name.lowercased()
            if telling.contains(name) || name.hasPrefix("access-control-") { wrong.append("there is \(field)") }
            if name == "set-cookie", !isSafe(cookie: field.value) { wrong.append("the cookie is \(field.value)") }
        }
        if let location = answer.headers["Location"], isElsewhere(location) { wrong.append("it leads to \(location)") }
        return wrong.map { "\(place): \($0)" }
    }

    private static func isSafe(cookie: String) -> Bool {
        cookie.contains("; HttpOnly") && cookie.contains("; SameSite=Lax") && cookie.contains("; Path=/")
            && cookie.contains("; Max-Age=") && !cookie.contains("Domain")
    }

    /// Whether a redirect leaves this machine: what Latchkey makes itself is relative, or its own address.
    private static func isElsewhere(_ location: String) -> Bool {
        !location.hasPrefix("./") && !location.hasPrefix("../") && !location.hasPrefix("http://127.0.0.1:")
    }
}
