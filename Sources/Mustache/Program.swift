/// Templates in the form in which they are rendered: one flat list of instructions for all of them together.
struct Program: Sendable {
    enum Instruction: Equatable, Sendable {
        /// Writes bytes of `literals`.
        case text(start: Int, end: Int)
        /// Writes a value.
        case print(Path, escaped: Bool)
        /// Renders what follows once for each item, up to `next`; `end` is the instruction after that.
        case section(Path, end: Int)
        /// Goes on only when the value is false.
        case inverted(Path, end: Int)
        /// The end of a section's body.
        case next
        /// Renders another template: the index of an `Inclusion`.
        case include(Int)
        /// Renders the argument for a parameter, or what follows: the index of a `Block`.
        case block(Int)
        /// The end of a template or of an argument.
        case finish
    }

    /// A name in its parts: a slice of `keys`. Without parts it is `.`, the innermost value itself.
    struct Path: Equatable, Sendable {
        var start: Int
        var count: Int
    }

    /// `{{>partial}}` or `{{<parent}}…{{/parent}}`.
    struct Inclusion: Sendable {
        enum Target: Sendable {
            /// The first instruction of a template.
            case template(Int)
            /// No template has this name.
            case missing
            /// The name is a value.
            case dynamic(Path)
        }

        var target: Target
        /// The bytes of `literals` that go before each line.
        var indent: Range<Int>
        /// Its arguments: a slice of `arguments`.
        var arguments: Range<Int> = 0..<0
        /// The instruction after it and its arguments.
        var end = 0
    }

    /// What replaces the default content of a block.
    struct Argument: Sendable {
        /// The index in `blockNames`.
        var name: Int
        /// The first instruction of its content, which ends with `finish`.
        var start: Int
        /// Its tag.
        var place: Place
    }

    /// A parameter of a template.
    struct Block: Sendable {
        var name: Int
        var indent: Range<Int>
        /// When both of its tags have lines of their own: what an argument's last line must end with.
        var lineBreak: Range<Int>
        /// The instruction after its default content.
        var end = 0
    }

    /// Where an instruction comes from.
    struct Place: Equatable, Sendable {
        /// The index in `templates`.
        var template: Int
        var range: Range<Int>
    }

    /// A template by name.
    struct Template: Sendable {
        var name: String
        var file: String
        var source: [UInt8]
        var start = 0
        /// The parameters that can be given to it, by index in `blockNames`; nil when a dynamic name hides them.
        var parameters: Set<Int>? = []
    }

    var instructions: [Instruction] = []
    /// For each instruction.
    var places: [Place] = []
    var literals: [UInt8] = []
    var keys: [Name] = []
    var inclusions: [Inclusion] = []
    var arguments: [Argument] = []
    var blocks: [Block] = []
    var blockNames: [String] = []
    var templates: [Template] = []
    var indexOfTemplate: [String: Int] = [:]

    /// What is read with each instruction, without counting references, for as long as the program is held.
    struct View {
        let instructions: UnsafeBufferPointer<Instruction>
        let literals: UnsafeBufferPointer<UInt8>
        let names: UnsafeBufferPointer<Name>
        let inclusions: UnsafeBufferPointer<Inclusion>
        let blocks: UnsafeBufferPointer<Block>
    }

    /// Calls `body` with the view.
    func withView<Result, Failure>(_ body: (View) throws(Failure) -> Result) throws(Failure) -> Result {
        try instructions.withUnsafeBufferPointer { instructions throws(Failure) in
            try literals.withUnsafeBufferPointer { literals throws(Failure) in
                try keys.withUnsafeBufferPointer { names throws(Failure) in
                    try inclusions.withUnsafeBufferPointer { inclusions throws(Failure) in
                        try blocks.withUnsafeBufferPointer { blocks throws(Failure) in
                            try body(
                                View(
                                    instructions: instructions, literals: literals, names: names,
                                    inclusions: inclusions, blocks: blocks))
                        }
                    }
                }
            }
        }
    }

    /// A path as it was written.
    func written(_ path: Path) -> String {
        path.count == 0 ? "." : keys[path.start..<path.start + path.count].map(\.text).joined(separator: ".")
    }
}
