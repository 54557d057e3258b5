import Diagnostics
import JSON

/// A key of the configuration file whose value is more than text: neither the command line nor the environment can give
/// it.
struct StructuredKey: Equatable, Sendable {
    /// The key: `sinks`.
    let key: String
    /// What the value looks like, for the help.
    let shape: String
    /// Half a sentence for the help.
    let help: String
}

/// The value of such a key, with its place.
struct Structure: Sendable, Equatable {
    let file: String
    let bytes: [UInt8]
    let value: SourcedJSON

    static func == (one: Structure, other: Structure) -> Bool {
        one.file == other.file && one.value.offset == other.value.offset && one.bytes == other.bytes
    }

    /// A problem at a value.
    func problem(_ value: SourcedJSON, _ message: String, help: String? = nil) -> Diagnostic {
        Diagnostic(
            file: file, source: bytes, offset: value.offset, length: value.length, message: message, help: help)
    }

    /// A problem at a key.
    func problem(_ member: SourcedJSON.Member, _ message: String, help: String? = nil) -> Diagnostic {
        Diagnostic(
            file: file, source: bytes, offset: member.keyOffset, length: member.keyLength, message: message, help: help)
    }
}
