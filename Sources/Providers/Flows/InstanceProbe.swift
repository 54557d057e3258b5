/// Looking what answers at the address of an instance, as a pure value, before anything is entrusted to it.
public struct InstanceProbe: Sendable {
    /// What an instance says of itself.
    public struct Finding: Sendable, Equatable {
        /// Its product, as far as it tells.
        public let product: String?
        /// Its version.
        public let version: String?
        /// What its owner calls it.
        public let name: String?
    }

    private var context: FlowContext
    private let instance: Instance
    private let call: Call

    /// A probe; `nil` when the provider is not an instance, or is not described to answer without a token.
    public init?(_ context: FlowContext) {
        guard let instance = context.provider.instance, let call = instance.probe else { return nil }
        (self.context, self.instance, self.call) = (context, instance, call)
        // SECURITY: nobody knows yet who answers there, whatever the description says.
        for field in context.provider.fields where field.isSecret { self.context.values[field.key] = nil }
    }

    /// The request. It carries no secret.
    public func request() throws(FlowProblem) -> OutgoingRequest {
        try call.request.request(in: Scope(context: context))
    }

    /// Whether the server may only be away: no answer, or an error of its own. Nothing is known then of who answers there.
    public func isAway(_ exchange: Exchange, at now: Double) -> Bool { call.read(exchange, at: now).isAway }

    /// What answered.
    ///
    /// - Throws: `unreachable`, `tls_untrusted`, `wrong_product`, `too_old`, or what a rule says.
    public func finding(of exchange: Exchange, at now: Double) throws(FlowProblem) -> Finding {
        let reading = call.read(exchange, at: now)
        let sentences = Sentences(context)
        if reading.failure == .tooLarge { throw sentences.wrongProduct(nil, redirected: false) }
        if reading.httpStatus == nil { throw sentences.unexplained(reading) }
        if let problem = sentences.ending(reading) { throw problem }
        let finding = Finding(
            product: excerpt(reading, "product"), version: excerpt(reading, "version"), name: excerpt(reading, "name"))
        if reading.rule?.then == .ok { return finding }
        if let status = reading.httpStatus, status >= 500 { throw sentences.unexplained(reading) }
        guard reading.isSuccess, isProduct(finding, reading) else {
            throw sentences.wrongProduct(finding.product, redirected: (300...399).contains(reading.httpStatus ?? 0))
        }
        if let wanted = instance.minimumVersion, let version = finding.version, Self.isOlder(version, than: wanted) {
            throw sentences.tooOld(version, wanted: wanted)
        }
        return finding
    }

    private func excerpt(_ reading: Reading, _ name: String) -> String? {
        reading.values[name].map { Encoding.excerpt($0, limit: 60) }
    }

    /// Without a wanted product, any answer that has all that is mapped is one.
    private func isProduct(_ finding: Finding, _ reading: Reading) -> Bool {
        guard let wanted = instance.product else {
            return call.map.allSatisfy { reading.values[$0.name] != nil || $0.name == "reason" }
        }
        return finding.product?.lowercased().contains(wanted.lowercased()) == true
    }

    /// Compares numbers between dots; what is no number ends the comparison.
    static func isOlder(_ version: String, than wanted: String) -> Bool {
        func numbers(_ text: String) -> [Int] {
            text.drop { !("0"..."9").contains($0) }.split(separator: ".").prefix(4)
                .map { Int($0.prefix { ("0"..."9").contains($0) }.prefix(9)) ?? 0 }
        }
        let (have, need) = (numbers(version), numbers(wanted))
        for (index, number) in need.enumerated() {
            let mine = index < have.count ? have[index] : 0
            if mine != number { return mine < number }
        }
        return false
    }
}

extension Sentences {
    func wrongProduct(_ found: String?, redirected: Bool) -> FlowProblem {
        let what =
            if let found { "'\(found)'" } else { redirected ? "a page that leads elsewhere" : "something else" }
        return FlowProblem(
            .wrongProduct, "At this address is \(what), not \(provider.label).",
            hint: "Enter the address that you open in the browser, with its port and its path.")
    }

    func tooOld(_ version: String, wanted: String) -> FlowProblem {
        FlowProblem(
            .tooOld, "This \(provider.label) is version \(version); \(wanted) or newer is needed.", hint: "Update it.")
    }
}
