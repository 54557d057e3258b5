/// An option of a verb: `--listen ADDRESS`.
///
/// Each can also be given as an environment variable (`LATCHKEY_LISTEN`) and as a key of the configuration file
/// (`listen`; dashes become underscores). The command line wins, then the environment, then the file.
struct Option: Equatable, Sendable {
    /// The name after the dashes: `public-url`.
    let name: String
    /// What stands for the value in the help; nil for a flag, which has none.
    let value: String?
    /// Whether it may be given more than once. In the environment the values are separated by commas.
    var isRepeatable = false
    /// Whether it is about this one call, so that neither the environment nor the configuration file can give it.
    var isForOneCall = false
    /// Half a sentence for the help.
    let help: String

    /// The environment variable.
    var variable: String { "LATCHKEY_" + key.uppercased() }

    /// The key in the configuration file.
    var key: String { String(name.map { $0 == "-" ? "_" : $0 }) }
}

extension Option {
    static let site = Option(
        name: "site", value: "DIR", help: "the folder with Templates/ and Static/ (the working folder)")
    static let output = Option(
        name: "output", value: "DIR", help: "where the site is built (Output in the site folder)")
    static let title = Option(name: "title", value: "TEXT", help: "the title of the page (Latchkey)")
    static let language = Option(
        name: "language", value: "CODE", help: "the language of the page, as in Templates/strings/CODE.json5 (en)")
    static let providers = Option(
        name: "providers", value: "NAME", isRepeatable: true,
        help: "the providers that the site shows, in their order; all for all of them (the usual ones)")
    static let data = Option(name: "data", value: "DIR", help: "where config and tokens are kept")
    static let config = Option(
        name: "config", value: "FILE", help: "the configuration file (latchkey.json5 in the site folder)")
    static let host = Option(
        name: "host", value: "PROVIDER.NAME=URL", isRepeatable: true,
        help: "use another address for a provider's host: trakt.auth=https://proxy.example/trakt")
}
