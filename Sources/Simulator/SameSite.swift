internal import HTTP

/// Whether a request that decides something comes from the simulator's own pages or from a program.
///
/// SECURITY: what the simulator approves becomes a link in the settings that are tried with it. Any page on the web can
/// send a form to an address of this machine, so the browser's word on where a request comes from counts (OWASP
/// Cross-Site Request Forgery Prevention). Programs say nothing of it, and may do what they like.
enum SameSite {
    static func allows(_ request: Request) -> Bool {
        let sites = request.headers.values(of: "Sec-Fetch-Site")
        guard sites.allSatisfy({ $0 == "same-origin" || $0 == "none" }) else { return false }
        let own = Simulator.base(of: request).lowercased()
        return request.headers.values(of: "Origin").allSatisfy { $0.lowercased() == own }
    }

    static let refusal = "This request comes from another site. Decide on the simulator's own pages."
}
