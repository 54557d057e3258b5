/// All responses of a site in one piece of memory, and the table that finds them by path.
///
/// A response is sent as two ranges: a preamble of the loop (status line, `Date`, `Connection`), then a range from
/// here.
final class SiteImage: Sendable {
    /// Where the responses of one file are.
    struct Entry: Sendable {
        let path: String
        let pathBytes: [UInt8]
        let etag: [UInt8]
        /// The rest of the header section of a 200, and the content right after it.
        let head: Range<Int>
        let whole: Range<Int>
        /// The rest of the header section of a 304.
        let notModified: Range<Int>
    }

    let bytes: [UInt8]
    let entries: [Entry]
    /// Open addressing; -1 is an empty place. The size is a power of two.
    private let table: [Int32]

    init(_ files: [StaticSite.File], _ securityHeaders: HeaderFields) {
        var bytes: [UInt8] = []
        var byPath: [String: StaticSite.File] = [:]
        for file in files { byPath[file.path] = file }
        entries = byPath.values.sorted { $0.path < $1.path }.map { Self.append($0, securityHeaders, to: &bytes) }
        self.bytes = bytes
        table = Self.table(entries)
    }

    /// The number of the file at a path.
    @inline(__always)
    func find(_ path: Span<UInt8>) -> Int? {
        let mask = table.count &- 1
        var place = Int(truncatingIfNeeded: Self.hash(path)) & mask
        while table[place] >= 0 {
            let index = Int(table[place])
            if Self.same(entries[index].pathBytes, path) { return index }
            place = (place &+ 1) & mask
        }
        return nil
    }

    private static func same(_ left: [UInt8], _ right: Span<UInt8>) -> Bool {
        guard left.count == right.count else { return false }
        for index in left.indices where left[index] != right[index] { return false }
        return true
    }

    /// FNV-1a. The keys are the site's own, so nobody outside can make them collide.
    private static func hash(_ bytes: Span<UInt8>) -> UInt64 {
        var value: UInt64 = 0xCBF2_9CE4_8422_2325
        for index in bytes.indices { value = (value ^ UInt64(bytes[index])) &* 0x100_0000_01B3 }
        return value ^ value &>> 32
    }

    private static func table(_ entries: [Entry]) -> [Int32] {
        var size = 8
        while size < entries.count * 2 { size *= 2 }
        var table = [Int32](repeating: -1, count: size)
        for (index, entry) in entries.enumerated() {
            var place = Int(truncatingIfNeeded: hash(entry.pathBytes.span)) & (size - 1)
            while table[place] >= 0 { place = (place + 1) & (size - 1) }
            table[place] = Int32(index)
        }
        return table
    }

    private static func append(
        _ file: StaticSite.File, _ securityHeaders: HeaderFields, to bytes: inout [UInt8]
    ) -> Entry {
        let start = bytes.count
        let shared = sharedFields(file, securityHeaders)
        FieldWriter.write(content(file), to: &bytes)
        FieldWriter.write(shared, to: &bytes)
        bytes += FieldWriter.lineEnd
        let bodyStart = bytes.count
        bytes += file.body
        let end = bytes.count
        FieldWriter.write(shared, to: &bytes)
        bytes += FieldWriter.lineEnd
        return Entry(
            path: file.path, pathBytes: Array(file.path.utf8), etag: Array(file.etag.utf8), head: start..<bodyStart,
            whole: start..<end, notModified: end..<bytes.count)
    }

    private static func content(_ file: StaticSite.File) -> HeaderFields {
        ["Content-Type": file.contentType, "Content-Length": String(file.body.count)]
    }

    /// The fields of both the 200 and the 304 (RFC 9110 section 15.4.5).
    private static func sharedFields(_ file: StaticSite.File, _ securityHeaders: HeaderFields) -> HeaderFields {
        var fields = HeaderFields()
        if !file.etag.isEmpty { fields.append("ETag", file.etag) }
        if !file.cacheControl.isEmpty { fields.append("Cache-Control", file.cacheControl) }
        fields.append(contentsOf: file.extraHeaders)
        fields.append(missingFrom: securityHeaders)
        return fields
    }
}
