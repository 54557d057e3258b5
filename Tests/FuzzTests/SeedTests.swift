import Files
import TestSupport
import Testing

@testable import fuzz

/// What the fuzzer begins with, and what it has found so far: each is read as it should be.
@Suite struct SeedTests {
    /// The folder of the seeds, beside this file.
    private static let folder = String(#filePath.dropLast("SeedTests.swift".count)) + "Seeds"

    @Test(arguments: FuzzTarget.allCases) func `every seed is read or refused, whole and damaged`(target: FuzzTarget)
        throws
    {
        let folder = Files.join(Self.folder, target.rawValue)
        let files = try Files.names(in: folder)
        #expect(files.count >= 5)
        for file in files {
            let bytes = try Files.read(Files.join(folder, file))
            target.run(bytes)
            for place in stride(from: 0, to: bytes.count, by: max(1, bytes.count / 40)) {
                target.run(Array(bytes[..<place]))
                target.run(Array(bytes[..<place]) + [0xFF] + bytes[place...].dropFirst())
                target.run(Array(bytes[place...]))
            }
        }
    }
}
