extension Loop {
    /// Decides how a GET or HEAD for a file is answered.
    func planFile(_ bytes: Span<UInt8>, _ head: RequestHead, _ index: Int) -> Exchange.Plan {
        let resource = image.resources[index]
        if head.conditions.isEmpty { return .file(image, resource.variants.identity, .whole) }
        guard let number = choose(bytes, head, resource) else { return .response(Self.notAcceptable(resource)) }
        let variant = image.variants[number]
        let all = image.bytes
        let tag = all.span.extracting(variant.etag)
        let now = Clock.epochSeconds()
        switch Preconditions.outcome(head, bytes, tag: tag, modified: resource.modified, now: now) {
        case .failed: return .response(Self.preconditionFailed(resource))
        case .notModified: return .file(image, number, .notModified)
        case .proceed: break
        }
        guard head.kind == .get, head.conditions.contains(.range), let value = head.onlyValue(of: "range", bytes),
            Preconditions.allowsPart(head, bytes, tag: tag, modified: resource.modified, now: now)
        else { return .file(image, number, .whole) }
        switch ByteRange(bytes, value, length: variant.content.count) {
        case .whole: return .file(image, number, .whole)
        case .part(let range): return .file(image, number, .part(range))
        case .outside: return .response(Self.outsideRange(resource, variant.content.count))
        }
    }

    /// The number of the representation that the client likes best; nil when it accepts none.
    private func choose(_ bytes: Span<UInt8>, _ head: RequestHead, _ resource: SiteImage.Resource) -> Int? {
        guard head.conditions.contains(.acceptEncoding) else { return resource.variants.identity }
        var accepted = AcceptedCodings()
        for value in head.values(of: "accept-encoding", bytes) { accepted.add(bytes, value) }
        let (gzip, brotli) = (resource.variants.gzip, resource.variants.brotli)
        return accepted.choice(hasBrotli: brotli != nil, hasGzip: gzip != nil).flatMap(resource.variant)
    }

    private static func notAcceptable(_ resource: SiteImage.Resource) -> Response {
        refusal(406, "This file is not there in any coding that Accept-Encoding allows.\n", resource)
    }

    private static func preconditionFailed(_ resource: SiteImage.Resource) -> Response {
        refusal(412, "The file is not the one that the request is about.\n", resource)
    }

    private static func outsideRange(_ resource: SiteImage.Resource, _ length: Int) -> Response {
        var response = refusal(416, "The file has \(length) bytes.\n", resource)
        response.headers.append("Content-Range", "bytes */\(length)")
        return response
    }

    private static func refusal(_ status: Int, _ sentence: String, _ resource: SiteImage.Resource) -> Response {
        var response = Response.text(status, sentence)
        if resource.isNegotiated { response.headers.append("Vary", "Accept-Encoding") }
        return response
    }

    /// Sends a file from memory: two ranges in one call.
    func sendFile(_ connection: Connection, _ image: SiteImage, _ number: Int, _ part: FilePart) {
        let variant = image.variants[number]
        switch part {
        case .whole:
            let range = connection.isHead ? variant.head : variant.whole
            send(connection, preambles.ready(isNotModified: false, ending(connection)), image, range, status: 200)
        case .notModified:
            let preamble = preambles.ready(isNotModified: true, ending(connection))
            send(connection, preamble, image, variant.notModified, status: 304)
        case .part(let range):
            let start = variant.content.lowerBound
            send(
                connection, partHead(connection, image, variant, range), image,
                start + range.lowerBound..<start + range.upperBound, status: 206)
        }
    }

    /// The header section of a 206 (RFC 9110 section 15.3.7.1).
    private func partHead(
        _ connection: Connection, _ image: SiteImage, _ variant: SiteImage.Variant, _ range: Range<Int>
    ) -> [UInt8] {
        var head = preambles.make(206, ending(connection))
        head += image.bytes[variant.partial]
        let (first, last, length) = (range.lowerBound, range.upperBound - 1, variant.content.count)
        head += "Content-Range: bytes \(first)-\(last)/\(length)\r\nContent-Length: \(range.count)\r\n\r\n".utf8
        return head
    }

    private func send(
        _ connection: Connection, _ preamble: [UInt8], _ image: SiteImage, _ range: Range<Int>, status: Int
    ) {
        note(connection, status: status)
        let result = preamble.withUnsafeBytes { first in
            image.bytes.withUnsafeBytes { all in
                Socket.send(connection.number, first, UnsafeRawBufferPointer(rebasing: all[range]))
            }
        }
        let sent: Int
        switch result {
        case .moved(let count): sent = count
        case .wouldBlock: sent = 0
        case .failed: return close(connection)
        }
        note(connection, bytes: sent)
        if sent < preamble.count + range.count { keep(connection, preamble, image, range, from: sent) }
        sendingWent(connection)
    }

    private func keep(
        _ connection: Connection, _ preamble: [UInt8], _ image: SiteImage, _ range: Range<Int>, from sent: Int
    ) {
        connection.output.append(Array(preamble.dropFirst(sent)))
        connection.output.append(image, range.lowerBound + max(0, sent - preamble.count)..<range.upperBound)
    }
}
