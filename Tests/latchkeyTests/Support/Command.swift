import TestSupport

/// One run of the binary that ends by itself.
struct Command: Equatable {
    /// The exit code; nil when it did not end by itself.
    let code: Int?
    /// What it wrote to standard output.
    let output: String
    /// What it wrote to standard error.
    let errors: String

    /// Runs `latchkey` with these words. The environment holds the key of the tests, `variables` and nothing else; an empty
    /// text removes one.
    static func latchkey(
        _ arguments: [String], folder: String = "/", variables: [String: String] = [:]
    ) async throws -> Command {
        let environment = ["LATCHKEY_KEY": ProcessHandle.sealingKey].merging(variables) { $1 }.filter { $1 != "" }
        let process = try ProcessHandle(
            RunningLatchkey.binary, arguments, environment: environment, folder: folder)
        let end = await process.waitForEnd()
        process.kill()
        let code: Int? = if case .exited(let code)? = end { code } else { nil }
        return Command(code: code, output: process.output.text, errors: process.errors.text)
    }

    /// As above, with the words one by one.
    static func latchkey(
        _ arguments: String..., folder: String = "/", variables: [String: String] = [:]
    ) async throws -> Command {
        try await latchkey(arguments, folder: folder, variables: variables)
    }

    /// A run that was refused with this sentence and nothing else.
    static func refused(_ code: Int, _ sentence: String) -> Command {
        Command(code: code, output: "", errors: "latchkey: \(sentence)\n")
    }
}
