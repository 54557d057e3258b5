internal import Files
internal import JSON
internal import Providers
internal import Vault

/// One synchronisation: page after page.
extension HistorySync {
    /// How often the same page is asked for in vain before it is given up.
    private static let mostFailures = 8
    /// The longest wait that a provider may ask for, in seconds; beyond it the synchronisation ends with an error.
    private static let longestWait = 3600.0

    /// Walks through the pages until there are as many plays here as at the provider.
    func synchronise(_ key: Key, _ place: HistoryPlace) async throws(Problem) {
        let account = try await parts.snapshot(key.account.id)
            .document["auth"]?[key.account.provider]?["account_id"]?.stringValue
        let journal = try await onDisk { () throws(FileError) in try HistoryJournal(place, account: account) }
        let plays = journal.plays
        note(key) { $0.plays = plays }
        for _ in 0..<HistoryWalk.most {
            let isComplete = try await walk(key, journal)
            if isComplete { break }
        }
        try await onDisk { () throws(FileError) in
            try journal.compact()
            // There is a list from now on, even when nothing was ever watched.
            try journal.writeList(key.kind)
        }
    }

    /// One walk.
    ///
    /// - Returns: whether there are as many plays here as at the provider by now.
    private func walk(_ key: Key, _ journal: HistoryJournal) async throws(Problem) -> Bool {
        let question = try await question(key).question
        let walk = HistoryWalk(first: question.firstPage, limit: question.limit)
        var (number, read, isComplete): (Int?, Int, Bool) = (journal.walk?.next ?? walk.first, 0, false)
        while let page = number {
            let step = try await take(page, walk, key, journal)
            read += 1
            // People see the first pages soon, and the work for it stays in proportion to what there is.
            if step.isListOld, step.next != nil, read & (read - 1) == 0 {
                try await onDisk { () throws(FileError) in try journal.writeList(key.kind) }
            }
            (number, isComplete) = (step.next, step.isComplete)
        }
        return isComplete
    }

    /// Asks for a page and keeps it.
    private func take(
        _ number: Int, _ walk: HistoryWalk, _ key: Key, _ journal: HistoryJournal
    ) async throws(Problem) -> HistoryJournal.Step {
        let page = try await page(number, key)
        let now = Int(parts.clock.now)
        let step = try await onDisk { () throws(FileError) in
            try journal.add(page, number: number, walk, at: now)
        }
        note(key) { progress in
            progress.read = number - walk.first + 1
            (progress.pages, progress.items, progress.plays) = (page.pages, page.items, step.plays)
        }
        return step
    }

    // MARK: One page

    /// Asks for a page as often as it takes, as fast as the provider allows.
    private func page(_ number: Int, _ key: Key) async throws(Problem) -> HistoryPage {
        var failures = 0
        while true {
            if Task.isCancelled { throw Self.cancelled }
            switch try await ask(number, key) {
            case .page(let page): return page
            case .refused(let problem): throw Self.reconnect(Problem(problem))
            case .failed(let problem): throw Problem(problem)
            case .later(let after, let problem):
                failures += 1
                try await wait(after, failures, problem, key)
            }
        }
    }

    private static let cancelled = Problem(409, "cancelled", "The synchronisation was ended.")

    /// Waits as long as the provider has asked for, or longer each time.
    private func wait(_ after: Double?, _ failures: Int, _ problem: FlowProblem, _ key: Key) async throws(Problem) {
        // Who is told when to come again is not in vain there.
        guard failures <= Self.mostFailures || after != nil && failures <= 100, (after ?? 0) <= Self.longestWait else {
            throw Problem(problem)
        }
        let pause = max(after ?? 0, after == nil ? Double(min(1 << min(failures - 1, 6), 60)) : 1)
        let time = parts.clock.now + pause
        note(key) { ($0.retryAt, $0.message) = (time, problem.message) }
        parts.log.info(
            "history sync waits", key.account,
            ["kind": key.kind.rawValue, "seconds": "\(Int(pause))", "reason": problem.message])
        do { try await Task.sleep(for: .seconds(pause)) } catch { throw Self.cancelled }
        note(key) { ($0.retryAt, $0.message) = (nil, nil) }
    }

    /// Asks once, with a token that works: one that is refused is refreshed, and asked with again. This is the one place
    /// where histories get a token.
    private func ask(_ number: Int, _ key: Key) async throws(Problem) -> HistoryQuestion.Outcome {
        let (question, linked) = try await question(key)
        let outcome = try await send(question, number)
        guard case .refused = outcome, let provider = parts.catalogue[key.account.provider] else { return outcome }
        // Somebody else may have refreshed it meanwhile.
        if try await engine.linked(key.account) == linked {
            do throws(Problem) {
                try await engine.refresh(provider, key.account.id)
            } catch {
                throw error.status == 409 ? Self.reconnect(error) : error
            }
        }
        return try await send(try await self.question(key).question, number)
    }

    /// The provider does not accept the token, and gives no other.
    private static func reconnect(_ problem: Problem) -> Problem {
        Problem(409, "reconnect_needed", problem.message, hint: problem.hint)
    }

    private func send(_ question: HistoryQuestion, _ number: Int) async throws(Problem) -> HistoryQuestion.Outcome {
        do throws(FlowProblem) {
            let exchange = await parts.transport.send(try question.request(page: number))
            return question.outcome(of: exchange, at: parts.clock.now)
        } catch {
            throw Problem(error)
        }
    }

    /// The question, with the tokens and the description of this moment.
    private func question(_ key: Key) async throws(Problem) -> (question: HistoryQuestion, linked: Linked) {
        _ = try place(key)
        guard let provider = parts.catalogue[key.account.provider], let linked = try await engine.linked(key.account)
        else {
            throw Problem(409, "not_linked", "The account is not connected any more.", hint: "Connect it again.")
        }
        let context = try await parts.context(provider, linked.method, key.account.id)
        guard let question = HistoryQuestion(key.kind, linked.tokens, in: context) else {
            throw Problem(
                404, "no_history", "\(provider.label) is not asked for watched \(key.kind.rawValue) any more.")
        }
        return (question, linked)
    }
}
