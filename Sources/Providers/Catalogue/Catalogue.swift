public import Diagnostics

/// All providers, from their description files. Immutable; made once at start and after each change of a file.
public struct Catalogue: Sendable, Equatable {
    /// A description file: its path for messages (`Templates/providers/trakt.json5`) and its content.
    public typealias File = (path: String, bytes: [UInt8])

    /// The providers: by name, or in the order of a page.
    public let providers: [Provider]

    init(providers: [Provider]) {
        self.providers = providers
    }

    /// Some of the providers of another catalogue, in the order in which they are shown.
    public init(inOrder providers: [Provider]) {
        self.providers = providers
    }

    /// Reads descriptions. The provider's name is the file's name without `.json5`.
    ///
    /// - Throws: every problem of every file.
    public init(files: [File]) throws(Diagnostics) {
        var providers: [Provider] = []
        var problems: [Diagnostic] = []
        for file in files.sorted(by: { $0.path < $1.path }) {
            var reader = DescriptionReader(file: file.path, source: file.bytes)
            if let provider = reader.read() { providers.append(provider) }
            problems += reader.problems
        }
        for (name, same) in Dictionary(grouping: files, by: { DescriptionReader.name(of: $0.path) })
        where same.count > 1 {
            for file in same.map(\.path).sorted().dropFirst() {
                problems.append(Diagnostic(file: file, message: "there is another provider '\(name)'"))
            }
        }
        guard problems.isEmpty else { throw Diagnostics(problems) }
        self.providers = providers.sorted { $0.name < $1.name }
    }

    /// The provider with this name.
    public subscript(name: String) -> Provider? {
        providers.first { $0.name == name }
    }

    /// A host that cannot be replaced, or not by this.
    public struct HostProblem: Error, Equatable, Sendable, CustomStringConvertible {
        /// A sentence for the person who gave the replacement.
        public let description: String
    }

    /// The catalogue with other addresses for named hosts: `["trakt.auth": "http://127.0.0.1:9000"]`.
    ///
    /// - Throws: the first name that no provider has, or address that is neither https nor loopback http.
    public func replacingHosts(_ replacements: [String: String]) throws(HostProblem) -> Catalogue {
        var providers = providers
        for (name, url) in replacements.sorted(by: { $0.key < $1.key }) {
            guard let place = place(of: name) else {
                let help = Suggestion.help(for: name, among: hostNames).map { "; \($0)" } ?? ""
                throw HostProblem(description: "no provider has a host named '\(name)'\(help)")
            }
            guard let base = Self.base(url) else {
                throw HostProblem(
                    description: "the address for '\(name)' must be https, or http to this machine, without a query: "
                        + "'\(Encoding.excerpt(url))'")
            }
            providers[place.provider].hosts[place.host].url = base
        }
        return Catalogue(providers: providers)
    }

    /// The names of all hosts that can be replaced, such as `trakt.auth`.
    public var hostNames: [String] {
        providers.flatMap { provider in provider.hosts.map { "\(provider.name).\($0.name)" } }
    }

    private func place(of name: String) -> (provider: Int, host: Int)? {
        for (index, provider) in providers.enumerated() {
            if let host = provider.hosts.firstIndex(where: { "\(provider.name).\($0.name)" == name }) {
                return (index, host)
            }
        }
        return nil
    }

    /// A usable base URL without its final slashes.
    static func base(_ url: String) -> String? {
        guard let address = WebAddress(url), address.isSecure, !address.climbs,
            !url.contains(where: { "?#".contains($0) })
        else { return nil }
        var base = url
        while base.hasSuffix("/") { base.removeLast() }
        return base
    }
}
