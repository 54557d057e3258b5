internal import Files
internal import JSON
internal import Providers
internal import Vault

/// One synchronisation: page after page.
extension HistorySync {
    /// How many bytes a page may have.
    private static let longestAnswer = 4 << 20

    /// How one attempt ended.
    enum Ending: Sendable {
        case done
        case failed(Problem)
        /// It goes on after so many seconds.
        case wait(Double)

        var problem: Problem? { if case .failed(let problem) = self { problem } else { nil } }
    }

    /// Why a walk was left.
    private enum Interruption: Error {
        case problem(Problem)
        case wait(Double)
    }

    /// Walks through the pages until there are as many plays here as at the provider, or somebody has to wait.
    func synchronise(_ key: Key, _ place: HistoryPlace, _ before: Patience) async -> (Ending, Patience) {
        var patience = before
        do throws(Interruption) {
            try await walkAll(key, place, &patience)
            return (.done, patience)
        } catch {
            switch error {
            case .problem(let problem): return (.failed(problem), patience)
            case .wait(let seconds): return (.wait(seconds), patience)
            }
        }
    }

    private func walkAll(_ key: Key, _ place: HistoryPlace, _ patience: inout Patience) async throws(Interruption) {
        let journal = try await known { () throws(Problem) in try await self.open(key, place) }
        var (turn, isComplete) = (0, false)
        while turn < HistoryWalk.most, !isComplete {
            isComplete = try await walk(key, journal, &patience)
            turn += 1
        }
        try await known { () throws(Problem) in
            try await self.onDisk { () throws(FileError) in
                try journal.compact()
                // There is a list from now on, even when nothing was ever watched.
                try journal.writeList(key.kind)
            }
        }
    }

    /// What goes wrong otherwise than by a wait ends the synchronisation.
    private func known<Value: Sendable>(
        _ body: () async throws(Problem) -> Value
    ) async throws(Interruption) -> Value {
        do throws(Problem) { return try await body() } catch { throw .problem(error) }
    }

    private func open(_ key: Key, _ place: HistoryPlace) async throws(Problem) -> HistoryJournal {
        let auth = try await parts.snapshot(key.account.id).document["auth"]?[key.account.provider]
        let (account, linkedAt) = (auth?["account_id"]?.stringValue, auth?["linked_at"]?.intValue)
        let journal = try await onDisk { () throws(FileError) in
            try HistoryJournal(place, account: account, linkedAt: linkedAt)
        }
        let plays = journal.plays
        note(key) { $0.plays = plays }
        return journal
    }

    /// One walk.
    ///
    /// - Returns: whether there are as many plays here as at the provider by now.
    private func walk(
        _ key: Key, _ journal: HistoryJournal, _ patience: inout Patience
    ) async throws(Interruption) -> Bool {
        let question = try await known { () throws(Problem) in try await self.question(key).question }
        let walk = HistoryWalk(first: question.firstPage, limit: question.limit)
        var (number, read, isComplete): (Int?, Int, Bool) = (journal.walk?.next ?? walk.first, 0, false)
        while let page = number {
            let answer = try await self.page(page, key, &patience)
            try await checkLink(key, journal)
            read += 1
            let isSeldom = read & (read - 1) == 0
            let step = try await known { () throws(Problem) in
                try await self.keep(answer, number: page, walk, key, journal, isSeldom: isSeldom)
            }
            (number, isComplete) = (step.next, step.isComplete)
        }
        return isComplete
    }

    /// SECURITY: somebody else may have been connected in the meantime, and it may have been their page: then it begins
    /// anew, with another journal.
    private func checkLink(_ key: Key, _ journal: HistoryJournal) async throws(Interruption) {
        let auth = try await known { () throws(Problem) in
            try await self.parts.snapshot(key.account.id).document["auth"]?[key.account.provider]
        }
        if auth?["linked_at"]?.intValue != journal.linkedAt { throw .wait(0) }
    }

    /// Keeps a page. People see the first ones soon, and the work for it stays in proportion to what there is.
    private func keep(
        _ page: HistoryPage, number: Int, _ walk: HistoryWalk, _ key: Key, _ journal: HistoryJournal, isSeldom: Bool
    ) async throws(Problem) -> HistoryJournal.Step {
        let now = Int(parts.clock.wall)
        let step = try await onDisk { () throws(FileError) in
            let step = try journal.add(page, number: number, walk, at: now)
            if isSeldom, step.isListOld, step.next != nil { try journal.writeList(key.kind) }
            return step
        }
        note(key) { progress in
            progress.read = number - walk.first + 1
            (progress.pages, progress.items, progress.plays) = (page.pages, page.items, step.plays)
        }
        return step
    }

    // MARK: One page

    /// Asks for a page.
    private func page(_ number: Int, _ key: Key, _ patience: inout Patience) async throws(Interruption) -> HistoryPage {
        if Task.isCancelled { throw .problem(Problem(409, "cancelled", "The synchronisation was ended.")) }
        switch try await known({ () throws(Problem) in try await self.ask(number, key) }) {
        case .page(let page):
            patience.renew()
            return page
        case .refused(let problem): throw .problem(Self.reconnect(Problem(problem)))
        case .failed(let problem): throw .problem(Problem(problem))
        case .later(let after, let problem):
            guard let pause = patience.pause(after: after, problem) else { throw .problem(Problem(problem)) }
            throw .wait(pause)
        }
    }

    /// Asks once, with a token that works: one that is refused is renewed, and asked with again. This is the one place
    /// where histories get a token.
    private func ask(_ number: Int, _ key: Key) async throws(Problem) -> HistoryQuestion.Outcome {
        guard let provider = parts.catalogue[key.account.provider] else { throw Self.gone(key) }
        let id = key.account.id
        do throws(Problem) {
            _ = try await engine.freshToken(provider, id)
            let (question, linked) = try await question(key)
            let outcome = try await send(question, number)
            guard case .refused = outcome else { return outcome }
            try await engine.refresh(provider, id, .rejected(linked.tokens.accessToken))
        } catch {
            // What is wrong for a while only is waited for, as everything is.
            guard error.status >= 500 else {
                throw error.code == FlowStatus.invalidCode.rawValue ? Self.reconnect(error) : error
            }
            let problem = FlowProblem(error)
            return .later(after: error.retryAfter.map(Double.init), problem)
        }
        return try await send(try await question(key).question, number)
    }

    /// The provider does not accept the token, and gives no other.
    private static func reconnect(_ problem: Problem) -> Problem {
        Problem(409, "reconnect_needed", problem.message, hint: problem.hint)
    }

    private static func gone(_ key: Key) -> Problem {
        Problem(404, "no_history", "There is no description of '\(key.account.provider)' any more.")
    }

    private func send(_ question: HistoryQuestion, _ number: Int) async throws(Problem) -> HistoryQuestion.Outcome {
        do throws(FlowProblem) {
            let exchange = await parts.transport.send(try question.request(page: number), limit: Self.longestAnswer)
            return question.outcome(of: exchange, at: parts.clock.wall)
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
        let context = try await parts.seenContext(provider, linked, key.account.id)
        guard let question = HistoryQuestion(key.kind, linked.tokens, in: context) else {
            throw Problem(
                404, "no_history", "\(provider.label) is not asked for watched \(key.kind.rawValue) any more.")
        }
        return (question, linked)
    }
}
