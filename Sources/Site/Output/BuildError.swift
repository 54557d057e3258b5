public import Diagnostics
public import Files

/// Why a site was not built or not loaded.
public enum BuildError: Error, Equatable, Sendable, CustomStringConvertible {
    /// The files of the site have problems: all of them.
    case problems(Diagnostics)
    /// The output folder must not be replaced: a sentence that says why, and what to do.
    case refused(String)
    /// The output folder does not hold a whole site: a sentence.
    case notBuilt(String)
    /// The operating system refused something.
    case file(FileError)

    /// The message as it is printed.
    public var description: String {
        switch self {
        case .problems(let problems): problems.description
        case .refused(let sentence), .notBuilt(let sentence): sentence
        case .file(let error): error.description
        }
    }
}
