/// One `{{tag}}` of a template.
struct Tag: Equatable {
    enum Kind: Equatable {
        /// `{{name}}`
        case variable
        /// `{{{name}}}` or `{{&name}}`
        case unescaped
        /// `{{#name}}`
        case section
        /// `{{^name}}`
        case inverted
        /// `{{/name}}`
        case close
        /// `{{>name}}`
        case partial
        /// `{{<name}}`
        case parent
        /// `{{$name}}`
        case block
        /// `{{! words }}`
        case comment
        /// `{{=<% %>=}}`
        case delimiters
    }

    var kind: Kind
    /// The name without blanks and without the star of a dynamic name.
    var name: String
    /// `{{>*name}}`: the name of the partial is the value of `name`.
    var isDynamic = false
    /// Where the whole tag stands in the template's bytes.
    var range: Range<Int>
    /// Where its name stands.
    var nameRange: Range<Int>
    /// For a closing tag: whether it closes a parent or a block.
    var closesInheritance = false

    /// Whether the tag has a partner that closes it.
    var opensScope: Bool {
        switch kind {
        case .section, .inverted, .parent, .block: true
        default: false
        }
    }

    /// Whether several such tags may share a line of their own: those of inheritance, of which the specification
    /// says "a parent's opening and closing tags need not be on separate lines in order to be standalone".
    var sharesOwnLine: Bool {
        kind == .parent || kind == .block || closesInheritance
    }

    /// Whether the tag prints something at its place, so that it never has a line of its own.
    var isPrinted: Bool {
        kind == .variable || kind == .unescaped
    }

    /// The tag as it is written with the usual delimiters, for messages.
    var written: String {
        let star = isDynamic ? "*" : ""
        switch kind {
        case .variable: return "{{\(name)}}"
        case .unescaped: return "{{{\(name)}}}"
        case .section: return "{{#\(name)}}"
        case .inverted: return "{{^\(name)}}"
        case .close: return "{{/\(star)\(name)}}"
        case .partial: return "{{>\(star)\(name)}}"
        case .parent: return "{{<\(star)\(name)}}"
        case .block: return "{{$\(name)}}"
        case .comment: return "{{!}}"
        case .delimiters: return "{{= =}}"
        }
    }
}

/// A piece of a template in the order of the file: text of one line at most, or a tag.
struct Piece: Equatable {
    enum Content: Equatable {
        case text(Range<Int>)
        case tag(Tag)
    }

    var content: Content
    /// Nothing stands before it on its line.
    var startsLine = false
    /// The line holds nothing but tags that print nothing: its blanks and its line break are not rendered.
    var ownsLine = false
    /// The blanks before a tag that owns its line; empty otherwise.
    var indent: Range<Int> = 0..<0
    /// The line break after the last tag of such a line; empty at the end of the file.
    var lineBreak: Range<Int> = 0..<0

    var tag: Tag? {
        if case .tag(let tag) = content { tag } else { nil }
    }
}
