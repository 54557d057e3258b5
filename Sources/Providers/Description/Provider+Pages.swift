extension Provider {
    /// The page where a person enters the code of a method, when its address is fixed; as described, whatever hosts are
    /// replaced, so that a built site does not depend on where it is served.
    public func verificationPage(of method: SignInMethod) -> String? {
        guard let link = method.verification, link.query.isEmpty, link.fragment.isEmpty else { return nil }
        var address = ""
        for part in link.url.parts {
            switch part {
            case .text(let text): address += text
            case .value(let name):
                guard let host = describedHosts.first(where: { "hosts.\($0.name)" == name }) else { return nil }
                address += host.url
            }
        }
        return address
    }
}
