#if DEBUG
    /// A reader of bytes from outside, and what must hold whatever the bytes are. A property that does not hold traps.
    ///
    /// Debug builds alone have it: it looks into modules (`@testable`).
    enum FuzzTarget: String, CaseIterable {
        case http, template, json5, provider, fields, url, forwarded, history

        /// Reads some bytes and checks what must hold.
        func run(_ bytes: [UInt8]) {
            switch self {
            case .http: HTTPTargets.request(bytes)
            case .template: TextTargets.template(bytes)
            case .json5: TextTargets.json(bytes)
            case .provider: TextTargets.provider(bytes)
            case .fields: HTTPTargets.fields(bytes)
            case .url: HTTPTargets.url(bytes)
            case .forwarded: HTTPTargets.forwarded(bytes)
            case .history: TextTargets.history(bytes)
            }
        }
    }

    /// Traps when a property does not hold: that is how a fuzzer learns of it.
    func check(_ holds: Bool, _ property: StaticString) {
        precondition(holds, "\(property)")
    }
#endif
