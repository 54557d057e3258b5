public import Diagnostics

/// A name in a list that a person wrote: of a provider, or of a group.
public struct ChosenName: Sendable, Equatable {
    /// The name.
    public let name: String
    private let place: Diagnostic

    /// A name with the place where it stands.
    ///
    /// - Parameter place: a problem there, of which only the place counts; none for what came from no file.
    public init(_ name: String, at place: Diagnostic? = nil) {
        self.name = name
        self.place = place ?? Diagnostic(file: "providers", message: "")
    }

    func problem(_ message: String, help: String? = nil) -> Diagnostic {
        var problem = place
        (problem.message, problem.help) = (message, help)
        return problem
    }
}
