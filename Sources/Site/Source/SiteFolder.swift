public import Diagnostics
internal import Files

/// The folder that people edit: its `Templates/` and `Static/` replace the built-in files of the same path.
public struct SiteFolder: Sendable, Equatable {
    /// The folder; it may have neither `Templates/` nor `Static/`, and even be absent.
    public let path: String

    /// A site folder.
    public init(_ path: String) {
        self.path = path
    }

    /// Reads everything a build needs, in one pass. Hidden files (`.name`) and editors' copies (`name~`) are left out.
    ///
    /// - Throws: every file that cannot be read.
    public func read() throws(Diagnostics) -> SiteSources {
        var files: [SourceFile] = []
        var problems: [Diagnostic] = []
        for folder in ["Templates", "Static"] {
            do {
                for name in try Files.regularFiles(below: Files.join(path, folder)) where !name.hasSuffix("~") {
                    let file = Files.join(folder, name)
                    do {
                        files.append(SourceFile(path: file, bytes: try Files.read(Files.join(path, file))))
                    } catch {
                        problems.append(Diagnostic(file: file, message: error.description))
                    }
                }
            } catch {
                problems.append(Diagnostic(file: folder, message: error.description))
            }
        }
        guard problems.isEmpty else { throw Diagnostics(problems) }
        return SiteSources(files)
    }
}
