public import JSON

extension PollingFlow {
    /// The flow as it is stored under `<provider>._pending_device` while it is pending. SECURITY: it holds the device
    /// code, so no page and no log may have it.
    public var json: JSON {
        var object: JSONObject = [
            "method": .string(method), "status": .string(status.rawValue), "message": .string(message),
            "interval": .double(interval), "expires_at": .double(expiresAt), "next_poll_at": .double(nextPollAt),
            "stage": .int(stage), "failures": .int(failures), "state": .string(state),
        ]
        object["values"] = .object(
            JSONObject(distinct: values.sorted { $0.key < $1.key }.map { ($0.key, JSON.string($0.value)) }))
        return .object(object)
    }

    /// A stored flow that goes on: a request that was under way when it was stored is sent again when it is due. `nil`
    /// when it is not one, had ended, or was never shown to anyone.
    public init?(json: JSON) {
        guard let method = json["method"]?.stringValue, let word = json["status"]?.stringValue,
            let status = FlowStatus(rawValue: word), status.isPending, let interval = json["interval"]?.doubleValue,
            let expiresAt = json["expires_at"]?.doubleValue, let nextPollAt = json["next_poll_at"]?.doubleValue,
            let stage = json["stage"]?.intValue, 0...64 ~= stage, let members = json["values"]?.objectValue?.members
        else { return nil }
        self.method = method
        self.status = status
        message = json["message"]?.stringValue ?? ""
        self.interval = min(max(interval, Bounds.interval.lowerBound), Bounds.interval.upperBound)
        self.expiresAt = expiresAt
        self.nextPollAt = nextPollAt
        self.stage = stage
        failures = min(max(json["failures"]?.intValue ?? 0, 0), 16)
        state = json["state"]?.stringValue ?? ""
        for member in members { values[member.key] = member.value.stringValue }
    }
}

extension RedirectFlow {
    /// The flow as it is stored while it waits for the callback. SECURITY: it holds the PKCE verifier.
    public var json: JSON {
        [
            "method": .string(method), "message": .string(message), "authorization_url": .string(authorizationURL),
            "redirect_uri": .string(redirectURI), "expires_at": .double(expiresAt), "state": .string(state),
            "code_verifier": .string(codeVerifier),
        ]
    }

    /// A stored flow that still waits for its callback; `nil` when it is not one.
    public init?(json: JSON) {
        guard let method = json["method"]?.stringValue, let url = json["authorization_url"]?.stringValue, !url.isEmpty,
            let redirectURI = json["redirect_uri"]?.stringValue, let expiresAt = json["expires_at"]?.doubleValue,
            let state = json["state"]?.stringValue, !state.isEmpty,
            let codeVerifier = json["code_verifier"]?.stringValue
        else { return nil }
        self.method = method
        message = json["message"]?.stringValue ?? ""
        authorizationURL = url
        self.redirectURI = redirectURI
        self.expiresAt = expiresAt
        self.state = state
        self.codeVerifier = codeVerifier
    }
}
