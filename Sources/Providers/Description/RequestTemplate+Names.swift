extension RequestTemplate {
    /// The names of all values in it.
    var names: [String] {
        let body =
            switch body {
            case .none: [String]()
            case .json(let template): template.names
            case .form(let entries): entries.flatMap(\.template.names)
            }
        return link.names + headers.flatMap(\.template.names) + body
            + (basic.map { $0.user.names + $0.password.names } ?? []) + (signature?.secret.names ?? [])
            + (basicTakes == nil ? [] : [ClientAuthentication.field])
    }
}
