internal import HTTP

/// The list of everything that waits for a person, with the buttons for it.
enum IndexPage {
    /// More than these would not help anyone.
    private static let most = 50

    static func respond(_ request: Request, _ simulator: Simulator) -> Response {
        guard request.method == "GET" || request.method == "HEAD" else { return .empty(405) }
        var sections: [HTML] = []
        for provider in SimulatedProvider.linked {
            let state = simulator.snapshot(provider)
            let pending = state.server.pending(at: simulator.now(provider))
            guard !pending.isEmpty else { continue }
            let items = pending.prefix(most).map { item($0, provider, state.behaviour.account) }
            sections.append("<h2>\(provider.label)</h2>\n\(HTML.join(Array(items)))")
        }
        let nothing: HTML = "<p id=\"message\">Nothing waits. Begin a sign-in, then load this page again.</p>"
        let content = sections.isEmpty ? nothing : HTML.join(sections)
        return .page(200, Page.whole("What waits for you", provider: nil, content))
    }

    private static func item(_ grant: DeviceGrant, _ provider: SimulatedProvider, _ account: String) -> HTML {
        let code: HTML = grant.userCode.isEmpty ? "A sign-in without a code" : "<code>\(grant.userCode)</code>"
        return """
            <form method="post" action="/decide" class="waiting \(provider.rawValue)">
            <div>\(code) for \(grant.clientName)</div>
            <input type="hidden" name="provider" value="\(provider.rawValue)">
            <input type="hidden" name="id" value="\(grant.id)">
            <input type="hidden" name="account" value="\(account)">
            <div class="buttons">
            <button name="decision" value="approve">Approve</button>
            <button name="decision" value="deny" class="quiet">Deny</button>
            </div>
            </form>
            """
    }

    /// Takes a decision from the list and shows the list again.
    static func decide(_ request: Request, _ simulator: Simulator) -> Response {
        let provider = Call(request: request, base: "", now: 0).form("provider").flatMap(SimulatedProvider.init)
        guard let provider else { return .empty(400) }
        let call = Call(request: request, base: "", now: simulator.now(provider))
        let answer = simulator.update(provider) { state -> Response in
            guard let id = call.form("id").flatMap(Int.init), let grant = state.server.grant(id: id) else {
                return Page.message(404, "Nothing waits", "This sign-in is gone.", provider: provider)
            }
            return CodePage.decide(grant, call, &state)
        }
        return answer.status == 200 ? .redirect(to: "/") : answer
    }
}
