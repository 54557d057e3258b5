#if DEBUG
    import JSON
    import Mustache
    import Providers

    /// What people and other servers write.
    enum TextTargets {
        /// A template: is rendered or refused, within its bounds, and what is escaped stays so.
        static func template(_ bytes: [UInt8]) {
            let limits = TemplateSet.Limits(depth: 20, steps: 2000, bytes: 1 << 16)
            let sources = [
                TemplateSource(name: "page", file: "page.mustache", bytes: bytes),
                TemplateSource(name: "p", file: "p.mustache", bytes: Array("{{a}}{{$x}}-{{/x}}".utf8)),
            ]
            guard let set = try? TemplateSet(sources, limits: limits) else { return }
            let model: Value = ["a": [["b": 1], 2, [3, "<x>"]], "b": nil, "n": "p", "c": true]
            for mode in [TemplateSet.Mode.strict, .lenient] {
                guard let output = try? set.render("page", with: model, mode: mode) else { continue }
                check(output.count <= limits.bytes, "output is bounded")
                check(String(validating: output, as: UTF8.self) != nil, "output is UTF-8")
            }
        }

        /// JSON5 and JSON: what is strict JSON is the same as JSON5, and comes back from its own text.
        static func json(_ bytes: [UInt8]) {
            let relaxed = try? SourcedJSON.parse(bytes, file: "x.json5")
            guard let strict = try? JSON.parse(bytes) else { return }
            check(relaxed != nil, "JSON is JSON5")
            let again = try? JSON.parse(strict.encoded())
            check(again == strict, "what was written is read back")
        }

        /// A provider's file: is a whole provider, or refused with places that are in it.
        static func provider(_ bytes: [UInt8]) {
            do {
                let catalogue = try Catalogue(files: [(path: "Templates/providers/sample.json5", bytes: bytes)])
                check(catalogue.providers.count == 1, "a file is one provider")
            } catch {
                check(!error.list.isEmpty, "a refusal says why")
            }
        }
    }
#endif
