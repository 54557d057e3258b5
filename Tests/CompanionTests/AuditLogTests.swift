import Files
import Glibc
import JSON
import TestSupport
import Testing

@testable import Companion

/// The files of the audit log.
@Suite(.timeLimit(.minutes(1))) struct AuditLogTests {
    let folder: TemporaryFolder
    let lines = Lines()

    init() throws { folder = try TemporaryFolder() }

    private func log(size: Int = 1 << 20, count: Int = 5) -> AuditLog {
        AuditLog(
            RotatedFile(folder("audit.log"), size: size, count: count),
            log: Log(level: .info, format: .text, write: lines.add))
    }

    private func entries(_ name: String = "audit.log") throws -> [JSON] {
        try folder.text(of: name).split(separator: "\n").map { try JSON.parse(Array($0.utf8)) }
    }

    @Test func `an entry is a line of JSON with the time, and with whoever it was`() throws {
        let log = log()
        log.write(
            AuditEntry(
                .revealed, owner: "default", name: "a\nb\u{202E}", client: "127.0.0.1", provider: "trakt",
                account: "kids", details: ["b": "2", "a": "1", "none": ""]))
        log.flush(within: .seconds(60))
        let text = try folder.text(of: "audit.log")
        let end =
            #","event":"revealed","owner":"default","name":"a\nb\u202e","client":"127.0.0.1","provider":"trakt","account":"kids","a":"1","b":"2"}"#
        #expect(
            text.hasSuffix(end + "\n")
                && text.wholeMatch(of: #/\{"time":"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ",.*\n/#) != nil)
        #expect(try Files.permissions(of: folder("audit.log")) == 0o600)
    }

    @Test func `what is told once a day is told once a day`() throws {
        let log = log()
        for name in ["one", "other", "one", "other"] {
            log.write(AuditEntry(.keyUsed, details: ["key": name]), onceADayFor: name)
        }
        log.flush(within: .seconds(60))
        #expect(try entries().map { $0["key"] } == ["one", "other"])
    }

    @Test func `many writers lose nothing, and a large file is begun anew`() async throws {
        let logs = [log(size: 4096, count: 3), log(size: 4096, count: 3)]
        await withTaskGroup(of: Void.self) { group in
            for (index, log) in logs.enumerated() {
                group.addTask {
                    for number in 0..<100 {
                        log.write(AuditEntry(.keyUsed, details: ["who": "\(index)", "n": "\(number)"]))
                        if number % 10 == 0 { log.flush(within: .seconds(60)) }
                    }
                    log.flush(within: .seconds(60))
                }
            }
        }
        let names = try Files.names(in: folder.path)
        #expect(names == ["audit.log", "audit.log.1", "audit.log.2"])
        for index in 0...1 {
            let all = try names.reversed().flatMap { try entries($0) }.filter { $0["who"] == .string("\(index)") }
            let numbers = all.compactMap { $0["n"]?.stringValue.flatMap(Int.init) }
            // The oldest ones are gone with the oldest file; of what is left nothing is missing.
            #expect(numbers.last == 99 && numbers == Array((numbers.first ?? 0)...99))
        }
    }

    @Test func `a disk that takes nothing is told of, holds nobody up, and gets all of it later`() async throws {
        try Files.makeFolder(folder("audit.log"))
        let log = log()
        log.write(AuditEntry(.started))
        await lines.wait(for: "warning audit log not written")
        log.write(AuditEntry(.stopped))
        // It does not wait for such a disk either.
        log.flush(within: .seconds(60))
        #expect(lines.all[0].hasSuffix("audit.log': Is a directory\" retry_in=1s"))
        try Files.remove(folder("audit.log"))
        await lines.wait(for: "info audit log written again")
        log.flush(within: .seconds(60))
        #expect(try entries().map { $0["event"] } == ["started", "stopped"])
    }

    @Test func `no link is followed, and a line that was cut off is ended first`() throws {
        try folder.write("precious", to: "elsewhere")
        #expect(symlink(folder("elsewhere"), folder("link")) == 0)
        #expect(throws: FileError.self) { try RotatedFile(folder("link"), size: 100, count: 2).append([1]) }
        #expect(try folder.text(of: "elsewhere") == "precious")
        try RotatedFile(folder("elsewhere"), size: 100, count: 2).append(Array("next\n".utf8))
        #expect(try folder.text(of: "elsewhere") == "precious\nnext\n")
    }
}
