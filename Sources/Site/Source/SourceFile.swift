/// A file that a site is built from.
public struct SourceFile: Sendable, Equatable {
    /// Its path in a site folder: `Templates/partials/card.mustache`, `Static/assets/latchkey.css`.
    public let path: String
    /// Its content.
    public let bytes: [UInt8]
    /// Whether it comes with the program, and not from the site folder.
    public let isBuiltIn: Bool

    /// A file of a site folder, or one that comes with the program.
    public init(path: String, bytes: [UInt8], isBuiltIn: Bool = false) {
        self.path = path
        self.bytes = bytes
        self.isBuiltIn = isBuiltIn
    }

    /// The file as messages name it: built-in ones as `built-in/Templates/…`.
    public var shownPath: String {
        isBuiltIn ? "built-in/\(path)" : path
    }

    /// The path without a leading folder, when it is in it.
    func path(in folder: String) -> String? {
        path.hasPrefix(folder + "/") ? String(path.dropFirst(folder.count + 1)) : nil
    }
}

extension [SourceFile] {
    /// The templates and static files that come with the program.
    public static var builtIn: [SourceFile] {
        EmbeddedFiles.all.map { file in
            SourceFile(path: file.path.description, bytes: file.content.bytes, isBuiltIn: true)
        }
    }
}

extension StaticString {
    fileprivate var bytes: [UInt8] {
        withUTF8Buffer { Array($0) }
    }
}
