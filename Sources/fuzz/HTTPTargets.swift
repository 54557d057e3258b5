#if DEBUG
    @testable import HTTP
    @testable import Providers

    /// What arrives on a socket.
    enum HTTPTargets {
        /// A request: the same is found whether the bytes come at once or one by one, and what is found lies in them.
        static func request(_ bytes: [UInt8]) {
            var whole = RequestParser()
            let outcome = whole.parse(bytes.span, limits: limits)
            var dripping = RequestParser()
            var last = RequestParser.Outcome.incomplete
            for count in stride(from: 1, through: bytes.count, by: 1) where last == .incomplete {
                last = dripping.parse(bytes.span.extracting(0..<count), limits: limits)
            }
            check(last == outcome || bytes.isEmpty, "the cut of the bytes has no say")
            guard case .complete(let length) = outcome else { return }
            check(length <= bytes.count, "a head is not longer than what came")
            let head = whole.head
            check(!(head.hasCoding && head.contentLength != nil), "a length and a coding are never both believed")
            check(head.fields.end <= length && head.target.end <= length, "pieces lie in the head")
            _ = head.headerFields(bytes.span)
            if let target = try? RequestTarget(bytes.span, head) { self.target(bytes, target) }
            if let host = head.host { _ = HostName.host(bytes.span, host) }
            content(Array(bytes[length...]))
        }

        private static func target(_ bytes: [UInt8], _ target: RequestTarget) {
            var path: [UInt8] = []
            guard !target.isAsterisk, (try? PathDecoder.decode(bytes.span, target.path, into: &path)) != nil else {
                return
            }
            checkDecoded(path)
        }

        private static func checkDecoded(_ path: [UInt8]) {
            check(path.first == UInt8(ascii: "/"), "a path begins with a slash")
            check(path.allSatisfy { $0 >= 0x20 && $0 != 0x7F && $0 != UInt8(ascii: "\\") }, "a path has no controls")
            let segments = path.split(separator: UInt8(ascii: "/"))
            check(!segments.contains { $0.elementsEqual(".".utf8) || $0.elementsEqual("..".utf8) }, "no dot segments")
        }

        /// Chunked content: the same however it is cut, and never more than the limit.
        private static func content(_ bytes: [UInt8]) {
            let most = 4096
            var (whole, dripping) = (ChunkedDecoder(), ChunkedDecoder())
            var (body, drips): ([UInt8], [UInt8]) = ([], [])
            let taken = try? whole.decode(bytes.span, into: &body, limit: most)
            check(taken == nil || body.count <= most, "content is not longer than the limit")
            var position = 0
            var failed = false
            while position < bytes.count, !dripping.isDone, !failed {
                let next = bytes.span.extracting(position..<position + 1)
                if let count = try? dripping.decode(next, into: &drips, limit: most) {
                    position += count
                } else {
                    failed = true
                }
            }
            check(failed == (taken == nil), "the cut of the content has no say in whether it is refused")
            check(failed || (drips == body && position == taken), "the cut of the content has no say in what is read")
        }

        /// The fields of a request that are taken apart later.
        static func fields(_ bytes: [UInt8]) {
            let text = String(decoding: bytes, as: UTF8.self)
            var request = Request(method: "GET", path: "/", query: text)
            for line in text.split(separator: "\n", omittingEmptySubsequences: false).prefix(8) {
                request.headers.append("Cookie", String(line))
            }
            for (name, value) in request.cookies {
                check(!name.isEmpty && !name.contains("=") && !value.contains(";"), "a cookie has a name and no end")
            }
            _ = request.queryItems
            _ = FormDecoder.items(text)
            conditions(bytes.span, Piece(0, bytes.count), length: text.count)
        }

        /// The values of the fields of conditional requests, of ranges and of codings.
        private static func conditions(_ bytes: Span<UInt8>, _ value: Piece, length: Int) {
            let tag = Array("\"a\"".utf8)
            let isStrong = EntityTags.matches(bytes, value, tag.span, .strong)
            check(!isStrong || EntityTags.matches(bytes, value, tag.span), "what matches strongly matches weakly")
            if let date = HTTPDate.parse(bytes, value, now: 1_800_000_000) {
                let text = Array(HTTPDate.format(epochSeconds: date).utf8)
                let again = HTTPDate.parse(text.span, Piece(0, text.count), now: 1_800_000_000)
                check(date < 0 || again == date, "a date that was written is read back")
            }
            if case .part(let range) = ByteRange(bytes, value, length: length) {
                check(
                    !range.isEmpty && range.lowerBound >= 0 && range.upperBound <= length, "a range is in the content")
            }
            var accepted = AcceptedCodings()
            accepted.add(bytes, value)
            _ = accepted.choice(hasBrotli: true, hasGzip: true)
        }

        /// A URL: of whatever is believed to be one, host and origin are plain.
        static func url(_ bytes: [UInt8]) {
            let text = String(decoding: bytes, as: UTF8.self)
            if let address = WebAddress(text) {
                check(["http", "https"].contains(address.scheme), "a web address is of the web")
                check(!address.host.isEmpty && !address.host.contains { "/@\\ ?#".contains($0) }, "a host is a host")
                check((0...65535).contains(address.port), "a port is a port")
            }
            _ = ListenAddress.parse(text)
            // Paths of request targets begin with a slash: nothing else gets there.
            var path: [UInt8] = []
            guard bytes.first == UInt8(ascii: "/") else { return }
            if (try? PathDecoder.decode(bytes.span, Piece(0, bytes.count), into: &path)) != nil { checkDecoded(path) }
        }

        /// Forwarded fields, a line for each: `f` or `x` for its kind, then its value.
        static func forwarded(_ bytes: [UInt8]) {
            var headers = HeaderFields()
            let names = ["f": "Forwarded", "x": "X-Forwarded-For", "p": "X-Forwarded-Proto", "h": "X-Forwarded-Host"]
            for line in String(decoding: bytes, as: UTF8.self).split(separator: "\n").prefix(16) {
                headers.append(names[String(line.prefix(1))] ?? "X_Forwarded_For", String(line.dropFirst()))
            }
            guard let own = try? AddressRange("127.0.0.0/8"), let inner = try? AddressRange("fd00::/8") else { return }
            let proxies = TrustedProxies(ranges: [own, inner])
            let stranger = proxies.sender(peer: "192.0.2.1", headers: headers)
            check(stranger == Sender(address: "192.0.2.1"), "a stranger's fields change nothing")
            let sender = proxies.sender(peer: "127.0.0.1", headers: headers)
            let address = ClientAddress(sender.address)
            check(address != nil && address?.description == sender.address, "a client has an address in its one form")
            check(sender.scheme.map { ["http", "https"].contains($0) } ?? true, "a scheme is one of the web")
            check(
                sender.host.map { !$0.isEmpty && !$0.contains { "/@\\ ?#,".contains($0) } } ?? true, "a host is a host")
            _ = try? AddressRange(String(decoding: bytes, as: UTF8.self))
        }

        private static var limits: Limits {
            var limits = Limits()
            (limits.requestLine, limits.header, limits.fields) = (256, 1024, 16)
            return limits
        }
    }
#endif
