internal import Diagnostics
internal import JSON

extension DescriptionReader {
    static let providerKeys = [
        "label", "color", "group", "logo", "notes", "warning", "sunset", "console", "docs", "revoke_page", "hosts",
        "headers", "query", "rules", "signature", "fields", "generated", "discovery", "oob", "methods", "refresh",
        "revoke", "identity", "token", "history", "instance", "redirect_refused",
    ]

    /// Names that are parts of the server's own paths and config.
    static let reservedNames: Set<String> = [
        "accounts", "api", "assets", "auth", "callback", "config", "css", "events", "healthz", "js", "logos", "metrics",
        "openapi", "readyz", "static", "status", "version",
    ]

    /// The provider, or `nil` when a problem was found.
    mutating func read() -> Provider? {
        checkName()
        let root: SourcedJSON
        do throws(Diagnostics) {
            root = try SourcedJSON.parse(source, file: file)
        } catch {
            problems += error.list
            return nil
        }
        guard let object = object(root, "a provider", keys: Self.providerKeys) else { return nil }
        let provider = provider(object)
        return problems.isEmpty ? provider : nil
    }

    private mutating func checkName() {
        if !file.hasSuffix(".json5") {
            problems.append(Diagnostic(file: file, message: "a provider's file must end in '.json5'"))
        } else if !Self.isName(name) {
            problems.append(
                Diagnostic(
                    file: file, message: "'\(name)' cannot be the name of a provider",
                    help: "use small letters, digits and '_', and begin with a letter"))
        } else if Self.reservedNames.contains(name) {
            problems.append(
                Diagnostic(
                    file: file, message: "'\(name)' cannot be the name of a provider: the server uses it itself",
                    help: "choose another file name"))
        }
    }

    private mutating func provider(_ object: Object) -> Provider {
        label = string(object, "label", required: true) ?? name
        readHosts(object)
        readFields(object)
        readGenerated(object)
        let instance = instance(object)
        known = baseNames
        let headers = entries(object, "headers", isHeader: true)
        let query = entries(object, "query")
        rules = rules(object)
        signature = signature(object)
        let methods = readMethods(object)
        let kept = methods.reduce(into: Set<String>()) { $0.formUnion($1.keptNames) }
        var provider = Provider(
            name: name, label: label, color: color(object), group: string(object, "group") ?? "other",
            logo: logo(object), notes: string(object, "notes"), warning: string(object, "warning"),
            sunset: sunset(object), console: page(object, "console"), docs: page(object, "docs"),
            revokePage: page(object, "revoke_page"), fields: fields, generated: generated,
            oob: string(object, "oob"), methods: methods, hosts: hosts, describedHosts: hosts, headers: headers,
            query: query, lifecycle: lifecycle(object, kept: kept, hasSteps: methods.contains { !$0.then.isEmpty }),
            history: history(object, kept: kept), discovery: discovery(object))
        provider.instance = instance
        provider.refusedRedirect = refusedRedirect(object)
        return provider
    }

    /// The names that every request may use.
    var baseNames: Set<String> {
        Set(["app.name", "app.version", "app.device"])
            .union(fields.map(\.key)).union(generated.map(\.key)).union(hosts.map { "hosts." + $0.name })
    }

    private mutating func color(_ object: Object) -> String {
        guard let text = string(object, "color", required: true), let node = object["color"] else { return "#000000" }
        let digits = text.dropFirst()
        if text.hasPrefix("#"), digits.utf8.count == 6, digits.allSatisfy({ $0.isHexDigit && $0.isASCII }) {
            return text.lowercased()
        }
        report(node, "'\(text)' is not a colour", help: "write it as '#' and six hexadecimal digits, such as '#ed1c24'")
        return "#000000"
    }

    private mutating func logo(_ object: Object) -> String? {
        guard let text = string(object, "logo"), let node = object["logo"] else { return nil }
        let segments = text.split(separator: "/", omittingEmptySubsequences: false)
        // SECURITY: the page loads it. Only characters with which it cannot be the address of another site
        // (`https:evil.example/x.png`) or leave its folder.
        let isPlain = text.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-"),
                UInt8(ascii: "/"):
                true
            default: false
            }
        }
        if isPlain, segments.allSatisfy({ !$0.isEmpty && $0 != "." && $0 != ".." }) { return text }
        report(
            node, "'logo' must be a path below Static, such as 'logos/\(name).svg'",
            help: "use letters, digits, '.', '_' and '-', and '/' between folders")
        return nil
    }

    private mutating func sunset(_ object: Object) -> String? {
        guard let text = string(object, "sunset"), let node = object["sunset"] else { return nil }
        if text.utf8.count == 10, Dates.iso8601(text + "T00:00:00Z") != nil { return text }
        report(node, "'sunset' must be a day, such as '2027-03-31'")
        return nil
    }

    /// How the requests that are `signed` are signed.
    private mutating func signature(_ object: Object) -> Signature? {
        guard let node = object["signature"],
            let inner = self.object(node, "'signature'", keys: ["name", "algorithm", "secret", "except"])
        else { return nil }
        let name = string(inner, "name", required: true)
        let algorithm = word(inner, "algorithm", Signature.Algorithm.self, required: true)
        if inner["secret"] == nil { missing("secret", in: inner) }
        let secret = inner["secret"].flatMap { template($0, "secret") }
        let except = strings(inner, "except")
        guard let name, let algorithm, let secret else { return nil }
        return Signature(name: name, algorithm: algorithm, secret: secret, except: except)
    }

    private mutating func refusedRedirect(_ object: Object) -> RefusedRedirect? {
        guard let node = object["redirect_refused"],
            let inner = self.object(node, "'redirect_refused'", keys: ["hosts", "message", "hint"])
        else { return nil }
        if inner["hosts"] == nil { missing("hosts", in: inner) }
        let hosts = strings(inner, "hosts")
        if let place = inner["hosts"], hosts.contains(where: { WebAddress("http://\($0)")?.host != $0 }) {
            report(place, "'hosts' must be names of hosts, in small letters", help: "such as 'localhost'")
        }
        guard let message = string(inner, "message", required: true) else { return nil }
        return RefusedRedirect(hosts: hosts, message: message, hint: string(inner, "hint"))
    }

    /// The fields that a server fills in itself.
    private mutating func discovery(_ object: Object) -> Discovery? {
        guard let node = object["discovery"],
            let inner = self.object(node, "'discovery'", keys: ["issuer", "fields"])
        else { return nil }
        let issuer = string(inner, "issuer", required: true)
        let names = strings(inner, "fields")
        let addresses = fields.filter { $0.kind == .url || $0.key == ClientAuthentication.field }.map(\.key)
        for (key, name) in names.map({ ("fields", $0) }) + [("issuer", issuer ?? "")] {
            guard let place = inner[key], !name.isEmpty, !addresses.contains(name) else { continue }
            report(
                place, "there is no field '\(name)' of type 'url'", help: Suggestion.help(for: name, among: addresses))
        }
        return issuer.map { Discovery(issuer: $0, fields: names) }
    }

    private mutating func readHosts(_ object: Object) {
        guard let node = object["hosts"] else {
            if object["instance"] == nil { missing("hosts", in: object) }
            return
        }
        for member in members(node, "'hosts'") ?? [] {
            if !Self.isName(member.key) {
                report(
                    member, "'\(member.key)' cannot be the name of a host",
                    help: "use small letters, digits and '_', and begin with a letter")
            }
            guard let text = string(member.value, member.key) else { continue }
            guard let base = Catalogue.base(text) else {
                report(member.value, "a host must be an https address without a query")
                continue
            }
            hosts.append(Host(name: member.key, url: base))
        }
    }

    private mutating func readFields(_ object: Object) {
        for node in list(object, "fields") {
            guard let field = field(node) else { continue }
            if fields.contains(where: { $0.key == field.key }) {
                report(node["key"] ?? node, "there is another field '\(field.key)'")
            } else {
                fields.append(field)
            }
        }
    }

    private mutating func field(_ node: SourcedJSON) -> Field? {
        let keys = [
            "key", "label", "type", "required", "hint", "pattern", "pattern_help", "options", "default",
            "kept", "may_be_empty", "advanced",
        ]
        guard let object = object(node, "a field", keys: keys) else { return nil }
        let key = key(object)
        let label = string(object, "label", required: true)
        let kind = word(object, "type", Field.Kind.self) ?? .text
        let options = strings(object, "options")
        if kind == .select, options.isEmpty { missing("options", in: object) }
        if kind != .select, let node = object["options"] { report(node, "only a field of type 'select' has options") }
        let required = bool(object, "required") ?? false
        let proofs = ClientAuthentication.allCases.map(\.rawValue)
        if key == ClientAuthentication.field, kind != .select || options != proofs, let node = object["key"] {
            report(
                node, "'\(ClientAuthentication.field)' says how an app proves itself",
                help: "make it a 'select' with the options \(proofs.joined(separator: " and "))")
        }
        guard let key, let label else { return nil }
        var field = Field(
            key: key, label: label, kind: kind, isRequired: required, hint: string(object, "hint"),
            pattern: pattern(object), patternHelp: string(object, "pattern_help"), options: options,
            defaultValue: string(object, "default"))
        field.isKept = bool(object, "kept") ?? true
        field.mayBeEmpty = bool(object, "may_be_empty") ?? false
        field.isAdvanced = bool(object, "advanced") ?? false
        if field.isAdvanced, required, let node = object["advanced"] {
            report(node, "what is required must be in sight")
        }
        if !field.isKept, kind == .url, let node = object["kept"] {
            report(node, "the address of a server must be kept: later requests go there")
        }
        let canBeChecked = kind != .select || !options.isEmpty
        if canBeChecked, let value = field.defaultValue, let node = object["default"],
            let problem = field.problem(with: value)
        {
            report(node, "the default does not fit: \(problem)")
        }
        return field
    }

    private mutating func pattern(_ object: Object) -> String? {
        guard let text = string(object, "pattern"), let node = object["pattern"] else { return nil }
        if (try? Regex(text)) != nil { return text }
        report(node, "'pattern' is not a regular expression")
        return nil
    }

    private mutating func readGenerated(_ object: Object) {
        for node in list(object, "generated") {
            guard let object = self.object(node, "a generated value", keys: ["key", "kind"]) else { continue }
            let kind = word(object, "kind", GeneratedValue.Kind.self, required: true)
            guard let key = key(object), let kind else { continue }
            if fields.contains(where: { $0.key == key }) || generated.contains(where: { $0.key == key }) {
                report(object["key"] ?? node, "there is another value '\(key)'")
            } else {
                generated.append(GeneratedValue(key: key, kind: kind))
            }
        }
    }
}
