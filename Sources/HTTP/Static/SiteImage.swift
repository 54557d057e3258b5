/// All responses of a site in one piece of memory, and the table that finds them by path.
///
/// A response is sent as two ranges: a preamble of the loop (status line, `Date`, `Connection`), then a range from
/// here. Its tables hold plain numbers, so that a request touches no counted reference but the image's own.
final class SiteImage: Sendable {
    /// One path, and the number of its resource.
    private struct Path {
        let text: Range<Int>
        let resource: Int
    }

    /// What one or several paths answer: a representation for each coding that there is.
    struct Resource {
        /// By the raw value of `ContentCoding`.
        fileprivate(set) var variants: (identity: Int, gzip: Int?, brotli: Int?)
        /// When the content last changed, in seconds since 1970.
        let modified: Int64?
        let isGated: Bool

        var isNegotiated: Bool { variants.gzip != nil || variants.brotli != nil }

        func variant(_ coding: ContentCoding) -> Int? {
            switch coding {
            case .identity: variants.identity
            case .gzip: variants.gzip
            case .brotli: variants.brotli
            }
        }
    }

    /// Where the responses of one representation are.
    struct Variant {
        fileprivate(set) var etag = 0..<0
        /// The rest of the header section of a 200, and the content right after it.
        fileprivate(set) var head = 0..<0
        fileprivate(set) var whole = 0..<0
        /// The rest of the header section of a 304.
        fileprivate(set) var notModified = 0..<0
        /// The fields of a 206 but for `Content-Range` and `Content-Length`, without the end of the section.
        fileprivate(set) var partial = 0..<0

        var content: Range<Int> { head.upperBound..<whole.upperBound }
    }

    let bytes: [UInt8]
    let resources: [Resource]
    let variants: [Variant]
    private let entries: [Path]
    /// Open addressing; -1 is an empty place. The size is a power of two.
    private let table: [Int32]

    init(_ files: [StaticSite.File], _ securityHeaders: HeaderFields, now: Int64) {
        var writer = ImageWriter(securityHeaders, now: now)
        var byPath: [String: StaticSite.File] = [:]
        for file in files { byPath[file.path] = file }
        var entries: [Path] = []
        for file in byPath.values.sorted(by: { $0.path < $1.path }) {
            let text = writer.append(Array(file.path.utf8))
            entries.append(Path(text: text, resource: writer.resource(file)))
        }
        bytes = writer.bytes
        resources = writer.resources
        variants = writer.variants
        self.entries = entries
        table = Self.table(entries, bytes)
    }

    /// The number of the resource at a path.
    @inline(__always)
    func find(_ path: Span<UInt8>) -> Int? {
        let mask = table.count &- 1
        var place = Int(truncatingIfNeeded: Self.hash(path)) & mask
        while table[place] >= 0 {
            let entry = entries[Int(table[place])]
            if same(entry.text, path) { return entry.resource }
            place = (place &+ 1) & mask
        }
        return nil
    }

    private func same(_ text: Range<Int>, _ path: Span<UInt8>) -> Bool {
        guard text.count == path.count else { return false }
        for index in path.indices where bytes[text.lowerBound &+ index] != path[index] { return false }
        return true
    }

    /// FNV-1a. The keys are the site's own, so nobody outside can make them collide.
    private static func hash(_ bytes: Span<UInt8>) -> UInt64 {
        var value: UInt64 = 0xCBF2_9CE4_8422_2325
        for index in bytes.indices { value = (value ^ UInt64(bytes[index])) &* 0x100_0000_01B3 }
        return value ^ value &>> 32
    }

    private static func table(_ entries: [Path], _ bytes: [UInt8]) -> [Int32] {
        var size = 8
        while size < entries.count * 2 { size *= 2 }
        var table = [Int32](repeating: -1, count: size)
        for (index, entry) in entries.enumerated() {
            let path = bytes.span.extracting(entry.text)
            var place = Int(truncatingIfNeeded: hash(path)) & (size - 1)
            while table[place] >= 0 { place = (place + 1) & (size - 1) }
            table[place] = Int32(index)
        }
        return table
    }
}

/// Writes the responses of a site one after another.
private struct ImageWriter {
    private let securityHeaders: HeaderFields
    private let now: Int64
    private(set) var bytes: [UInt8] = []
    private(set) var resources: [SiteImage.Resource] = []
    private(set) var variants: [SiteImage.Variant] = []
    /// The resources by entity tag, so that content with several paths is there once.
    private var written: [String: [(file: StaticSite.File, resource: Int)]] = [:]

    init(_ securityHeaders: HeaderFields, now: Int64) {
        self.securityHeaders = securityHeaders
        self.now = now
    }

    mutating func append(_ text: [UInt8]) -> Range<Int> {
        bytes += text
        return bytes.count - text.count..<bytes.count
    }

    /// The number of the resource of a file.
    mutating func resource(_ file: StaticSite.File) -> Int {
        if let known = written[file.etag]?.first(where: { $0.file.answersLike(file) }) { return known.resource }
        let resource = SiteImage.Resource(
            variants: (
                variant(file, file.body, .identity), file.gzip.map { variant(file, $0, .gzip) },
                file.brotli.map { variant(file, $0, .brotli) }
            ), modified: file.modified.map { min($0, now) }, isGated: file.isGated)
        resources.append(resource)
        written[file.etag, default: []].append((file, resources.count - 1))
        return resources.count - 1
    }

    private mutating func variant(_ file: StaticSite.File, _ body: [UInt8], _ coding: ContentCoding) -> Int {
        var result = SiteImage.Variant()
        let tag = coding.tag(of: file.etag)
        result.etag = append(Array(tag.utf8))
        let shared = sharedFields(file, tag)
        var content: HeaderFields = ["Content-Type": file.contentType]
        if let name = coding.name { content.append("Content-Encoding", name) }
        content.append("Accept-Ranges", "bytes")
        if let modified = file.modified {
            content.append("Last-Modified", HTTPDate.format(epochSeconds: min(modified, now)))
        }
        result.head = append([content, ["Content-Length": String(body.count)], shared], isWhole: true)
        bytes += body
        result.whole = result.head.lowerBound..<bytes.count
        result.partial = append([content, shared], isWhole: false)
        // A cache needs the time only when there is no tag (RFC 9110 section 15.4.5).
        let time = content.fields.filter { tag.isEmpty && $0.name == "Last-Modified" }
        result.notModified = append([HeaderFields(time), shared], isWhole: true)
        variants.append(result)
        return variants.count - 1
    }

    private mutating func append(_ sections: [HeaderFields], isWhole: Bool) -> Range<Int> {
        let start = bytes.count
        for fields in sections { FieldWriter.write(fields, to: &bytes) }
        if isWhole { bytes += FieldWriter.lineEnd }
        return start..<bytes.count
    }

    /// The fields of the 200, the 206 and the 304.
    private func sharedFields(_ file: StaticSite.File, _ tag: String) -> HeaderFields {
        var fields = HeaderFields()
        if !tag.isEmpty { fields.append("ETag", tag) }
        if !file.cacheControl.isEmpty { fields.append("Cache-Control", file.cacheControl) }
        if file.gzip != nil || file.brotli != nil { fields.append("Vary", "Accept-Encoding") }
        fields.append(contentsOf: file.extraHeaders)
        fields.append(missingFrom: securityHeaders)
        return fields
    }
}

extension ContentCoding {
    /// The name in `Content-Encoding`.
    fileprivate var name: String? {
        switch self {
        case .identity: nil
        case .gzip: "gzip"
        case .brotli: "br"
        }
    }

    /// A strong tag names the bytes that are sent, and so each coding has its own (RFC 9110 section 8.8.3.3).
    fileprivate func tag(of etag: String) -> String {
        guard self != .identity, etag.hasSuffix("\"") else { return etag }
        return etag.dropLast() + (self == .gzip ? "-gz\"" : "-br\"")
    }
}

extension StaticSite.File {
    /// Whether another file has the same responses under its own path.
    fileprivate func answersLike(_ other: StaticSite.File) -> Bool {
        isGated == other.isGated && contentType == other.contentType && cacheControl == other.cacheControl
            && modified == other.modified
            && extraHeaders == other.extraHeaders && body == other.body && gzip == other.gzip && brotli == other.brotli
    }
}
