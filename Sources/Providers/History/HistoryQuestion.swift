internal import JSON

/// Asking a provider for the pages of a history, as a pure value.
public struct HistoryQuestion: Sendable {
    /// What an answer means.
    public enum Outcome: Sendable, Equatable {
        /// A page.
        case page(HistoryPage)
        /// The provider does not accept the token.
        case refused(FlowProblem)
        /// The same can be asked later, not before this many seconds where the provider said so.
        case later(after: Double?, FlowProblem)
        /// Asking again would not help.
        case failed(FlowProblem)
    }

    private let context: FlowContext
    private let tokens: TokenSet
    private let history: HistoryCall

    /// The most plays that one answer may have.
    private static let mostPlays = 100_000

    /// A question; nil when the provider's description has no such history.
    public init?(_ kind: HistoryKind, _ tokens: TokenSet, in context: FlowContext) {
        guard let history = context.provider.history[kind] else { return nil }
        self.context = context
        self.tokens = tokens
        self.history = history
    }

    /// The number of the first page.
    public var firstPage: Int { history.paging?.first ?? 1 }

    /// How many plays a page has; nil when there is one page with all.
    public var limit: Int? { history.paging?.limit }

    /// The request for a page, with the token where apps send it.
    public func request(page: Int) throws(FlowProblem) -> OutgoingRequest {
        var scope = Scope(context: context, tokens: tokens)
        if let paging = history.paging {
            scope.flow["page"] = String(page)
            scope.flow["limit"] = String(paging.limit)
            scope.flow["offset"] = String(
                (page - paging.first).multipliedReportingOverflow(by: paging.limit).partialValue)
        }
        return try history.call.request.request(in: scope, placement: context.provider.placement(for: context.method))
    }

    /// What the outcome means. `now` in seconds since 1970.
    public func outcome(of exchange: Exchange, at now: Double) -> Outcome {
        let reading = history.call.read(exchange, at: now)
        let sentences = Sentences(Scope(context: context, tokens: tokens))
        switch reading.rule?.then {
        case .slowDown?, .unreachable?, .authorizationPending?:
            return .later(after: reading.retryAfter, sentences.ending(reading) ?? sentences.unexplained(reading))
        case .ok?, nil: break
        default: return .failed(sentences.ending(reading) ?? sentences.unexplained(reading))
        }
        if reading.httpStatus == 401 { return .refused(sentences.reconnect(nil)) }
        guard case .response(let response) = exchange, reading.isSuccess else {
            let problem = sentences.unexplained(reading)
            return reading.isTransient ? .later(after: reading.retryAfter, problem) : .failed(problem)
        }
        let body = response.json
        guard let list = (history.list.map { body?[path: $0] } ?? body)?.arrayValue, list.count <= Self.mostPlays else {
            // A page of a proxy, or of an error, where the list should be: it may be there the next time.
            return .later(after: reading.retryAfter, sentences.unexplained(reading))
        }
        let plays = list.compactMap(play)
        return .page(
            HistoryPage(
                plays: plays, unread: list.count - plays.count, pages: history.paging?.pages?.number(response, body),
                items: history.paging?.items?.number(response, body)))
    }

    // MARK: One play

    private func play(_ entry: JSON) -> HistoryPlay? {
        let item = history.item
        guard let key = text(entry, item.key, limit: 200), let title = text(entry, item.title, limit: 500),
            let time = found(entry, item.watchedAt).flatMap(Numbers.seconds).flatMap({ Int(exactly: $0.rounded(.down)) }
            )
        else { return nil }
        var play = HistoryPlay(
            id: "", watchedAt: time, key: key,
            title: HistoryTitle(title: title, year: number(entry, item.year), ids: ids(entry)),
            season: number(entry, item.season), episode: number(entry, item.episode),
            episodeTitle: text(entry, item.episodeTitle, limit: 500))
        let place = [play.season, play.episode].compactMap { $0.map(String.init) }.joined(separator: "x")
        play.id = text(entry, item.id, limit: 200) ?? "\(key)@\(time)\(place.isEmpty ? "" : "/\(place)")"
        return play
    }

    private func found(_ entry: JSON, _ paths: [String]) -> JSON? {
        paths.lazy.compactMap { entry[path: $0] }.first { $0 != .null && $0 != "" }
    }

    private func text(_ entry: JSON, _ paths: [String], limit: Int) -> String? {
        switch found(entry, paths) {
        case .string(let text)?: Encoding.excerpt(text, limit: limit)
        case .int(let number)?: String(number)
        default: nil
        }
    }

    private func number(_ entry: JSON, _ paths: [String]) -> Int? {
        found(entry, paths)?.intValue.flatMap { -100_000...100_000 ~= $0 ? $0 : nil }
    }

    private func ids(_ entry: JSON) -> JSONObject {
        let members = found(entry, history.item.ids)?.objectValue?.members ?? []
        return JSONObject(
            members.prefix(32).compactMap { member in
                switch member.value {
                case .int: (Encoding.excerpt(member.key, limit: 40), member.value)
                case .string(let text):
                    (Encoding.excerpt(member.key, limit: 40), .string(Encoding.excerpt(text, limit: 200)))
                default: nil
                }
            })
    }
}

extension Provider {
    /// Whether it can be asked for what was watched.
    public func hasHistory(_ kind: HistoryKind) -> Bool { history[kind] != nil }
}
