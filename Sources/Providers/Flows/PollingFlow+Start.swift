internal import JSON

extension PollingFlow {
    /// Bounds for what a provider says about time, in seconds.
    enum Bounds {
        static let interval = 1.0...300.0
        static let life = 1.0...86_400.0
        static let defaultInterval = 5.0
        static let defaultLife = 600.0
    }

    mutating func begin(state: String, at now: Double, in context: FlowContext) -> Step {
        guard stage < 0, !isInFlight, status.isPending, let start = context.method.start else { return .none }
        self.state = state
        do throws(FlowProblem) {
            let request = try start.request.request(in: scope(context))
            isInFlight = true
            return .send(request)
        } catch {
            return .refused(error)
        }
    }

    mutating func started(_ exchange: Exchange, at now: Double, in context: FlowContext) -> Step {
        guard let start = context.method.start else { return .none }
        let reading = start.read(exchange, at: now)
        if let problem = startProblem(reading, in: context) {
            end(problem)
            return .none
        }
        values = reading.values.filter { !Self.timeNames.contains($0.key) }
        setTimes(reading, at: now, in: context)
        do throws(FlowProblem) {
            try setPages(in: context)
        } catch {
            end(error)
            return .none
        }
        stage = 0
        message = Sentences(context).problem(.authorizationPending).message
        return .none
    }

    static let timeNames: Set<String> = ["expires_in", "expires_at", "interval"]

    private func startProblem(_ reading: Reading, in context: FlowContext) -> FlowProblem? {
        let sentences = Sentences(scope(context))
        if let problem = sentences.ending(reading) { return problem }
        return reading.isSuccess || reading.rule != nil ? nil : sentences.unexplained(reading)
    }

    /// The provider's own numbers count where they make sense; the description's fill the gaps.
    private mutating func setTimes(_ reading: Reading, at now: Double, in context: FlowContext) {
        func positive(_ name: String) -> Double? {
            reading.json[name].flatMap(Numbers.number).flatMap { $0 > 0 ? $0 : nil }
        }
        let pause = positive("interval") ?? context.method.interval ?? Bounds.defaultInterval
        interval = min(max(pause, Bounds.interval.lowerBound), Bounds.interval.upperBound)
        let until = reading.json["expires_at"].flatMap(Numbers.seconds).flatMap { $0 > now ? $0 - now : nil }
        let life = positive("expires_in") ?? until ?? context.method.expiresIn ?? Bounds.defaultLife
        expiresAt = now + min(max(life, Bounds.life.lowerBound), Bounds.life.upperBound)
        nextPollAt = now + interval
    }

    /// Finds the pages to open and checks what the provider sent.
    private mutating func setPages(in context: FlowContext) throws(FlowProblem) {
        let sentences = Sentences(context)
        if context.method.kind == .device {
            guard !userCode.isEmpty else { throw sentences.unusable("no code to show") }
        } else {
            values["user_code"] = values["user_code"].flatMap { $0.utf8.count <= 512 ? $0 : nil }
        }
        // SECURITY: a code is read and typed by people, who type nothing but what they see.
        guard context.method.kind != .device || userCode.utf8.count <= 64, Encoding.isPrintableASCII(userCode) else {
            throw sentences.unusable("a code that cannot be one")
        }
        let pages = [
            "verification_uri": context.method.verification,
            "verification_uri_complete": context.method.verificationComplete,
        ]
        for (name, described) in pages.sorted(by: { $0.key < $1.key }) {
            if let sent = values[name], !sent.isEmpty {
                guard context.isPage(sent) else { throw sentences.unusable("a page that is not one of its own") }
            } else {
                values[name] = try described?.text(in: scope(context))
            }
        }
        guard !verificationURL.isEmpty else { throw sentences.unusable("no page to open") }
        if context.method.kind == .approval { values["verification_uri_complete"] = nil }
    }
}

extension FlowContext {
    /// Whether a person may be sent there: https or loopback, and of a host that the description names.
    ///
    /// SECURITY: a provider, or who answers in its place, could send `javascript:` or a page that looks like its own.
    func isPage(_ text: String) -> Bool {
        guard let address = WebAddress(text), text.utf8.count <= 2048 else { return false }
        if address.isOne(of: ownServers) { return true }
        return address.isSecure && address.isOne(of: (provider.hosts + provider.describedHosts).map(\.url))
    }

    /// Whether an address is at a server that the person has named.
    func isOwnServer(_ text: String) -> Bool { WebAddress(text)?.isOne(of: ownServers) ?? false }

    private var ownServers: [String] { provider.fields.filter { $0.kind == .url }.compactMap { values[$0.key] } }
}

extension WebAddress {
    fileprivate func isOne(of addresses: [String]) -> Bool {
        addresses.compactMap(WebAddress.init).contains { $0.hasSameOrigin(as: self) }
    }
}
