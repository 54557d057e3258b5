import Diagnostics
import Mustache

/// Renders `template` with partials by name; a problem is returned as it is printed.
func render(
    _ template: String, _ model: Value = nil, partials: [String: String] = [:], mode: TemplateSet.Mode = .strict,
    limits: TemplateSet.Limits = .init()
) -> String {
    var sources = partials.map { TemplateSource(name: $0, file: "\($0).mustache", bytes: Array($1.utf8)) }
    sources.append(TemplateSource(name: "page", file: "page.mustache", bytes: Array(template.utf8)))
    do {
        let set = try TemplateSet(sources, limits: limits)
        return String(decoding: try set.render("page", with: model, mode: mode), as: UTF8.self)
    } catch {
        return error.description
    }
}
