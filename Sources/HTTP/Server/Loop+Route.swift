extension Loop {
    /// A head is complete: decides how the request is answered, and does it unless its content comes first.
    /// `isAlone` says that nothing was received after the head.
    func begin(_ connection: Connection, _ bytes: Span<UInt8>, isAlone: Bool) {
        let head = connection.parser.head
        connection.requests &+= 1
        connection.keepsAlive =
            head.allowsKeepAlive && deadline == nil && connection.requests < context.limits.requests
        connection.isHead = head.kind == .head
        connection.minorVersion = head.minorVersion
        if context.log != nil { connection.record = record(connection, bytes, head) }
        do throws(Rejection) {
            let plan = try plan(connection, bytes, head)
            if head.hasBody {
                try awaitBody(connection, head, plan, isAlone: isAlone)
            } else {
                timers.clear(connection.slot)
                perform(connection, plan)
            }
        } catch {
            refuse(connection, error)
        }
    }

    private func plan(
        _ connection: Connection, _ bytes: Span<UInt8>, _ head: RequestHead
    ) throws(Rejection) -> Exchange.Plan {
        let target = try RequestTarget(bytes, head)
        try checkHost(bytes, head, target)
        if target.isAsterisk { return .response(Self.options) }
        try PathDecoder.decode(bytes, target.path, into: &path)
        guard let start = belowBase else { return .response(outsideBase(bytes.string(target.query))) }
        let found = image.find(path.span.extracting(start..<path.count))
        let isRead = head.kind == .get || head.kind == .head
        if let found, isRead, context.gate == nil || !image.resources[found].isGated {
            return planFile(bytes, head, found)
        }
        let (peer, headers) = (connection.peer, head.headerFields(bytes))
        let request = Request(
            method: bytes.string(head.method), path: String(decoding: path[start...], as: UTF8.self),
            query: bytes.string(target.query), headers: headers, peer: peer,
            sender: context.proxies.sender(peer: peer, headers: headers))
        if let found, isRead {
            if let response = context.gate?(request) { return .response(response) }
            return planFile(bytes, head, found)
        }
        return .request(request, isStaticPath: found != nil)
    }

    /// SECURITY: before anything is looked up, and for both names that a request can carry.
    private func checkHost(_ bytes: Span<UInt8>, _ head: RequestHead, _ target: RequestTarget) throws(Rejection) {
        var named: Piece?
        if let field = head.host {
            guard let host = HostName.host(bytes, field) else { throw .host }
            named = host
        }
        if let authority = target.authority {
            guard let host = HostName.host(bytes, authority) else { throw .targetForm }
            if let named, !HostName.same(bytes, named, host) { throw .hostsDiffer }
            named = host
        }
        guard let named else {
            if context.hosts.isOpen { return }
            throw .noHost
        }
        guard context.hosts.allows(bytes, named) else { throw .otherHost }
    }

    /// Where the path below the base path begins, with its slash; nil when the path is elsewhere.
    private var belowBase: Int? {
        let base = context.basePath
        if base.count == 1 { return 0 }
        guard path.count >= base.count else { return nil }
        for index in base.indices where path[index] != base[index] { return nil }
        return base.count - 1
    }

    /// The base path without its last slash is sent to the one with it; every other path is not ours.
    ///
    /// SECURITY: the reference is relative and made of the configuration and a checked query: it cannot leave this
    /// host.
    private func outsideBase(_ query: String) -> Response {
        let base = context.basePath
        guard path.elementsEqual(base.dropLast()), let last = base.dropLast().split(separator: Bytes.slash).last else {
            return .text(404, "There is nothing at this address.\n")
        }
        let location = "./" + String(decoding: last, as: UTF8.self) + "/" + (query.isEmpty ? "" : "?" + query)
        return Response(status: 308, headers: ["Location": location])
    }

    static let options = Response(status: 204, headers: ["Allow": "GET, HEAD, OPTIONS, POST"])

    private func awaitBody(
        _ connection: Connection, _ head: RequestHead, _ plan: Exchange.Plan, isAlone: Bool
    ) throws(Rejection) {
        let length = head.contentLength ?? 0
        guard length <= context.limits.body else { throw .largeBody }
        let exchange = Exchange(plan)
        exchange.remaining = length
        if head.isChunked { exchange.chunked = ChunkedDecoder() }
        connection.exchange = exchange
        connection.phase = .body
        timers.set(connection.slot, .body, now: now)
        if head.expectsContinue, head.minorVersion == 1, isAlone { sendContinue(connection) }
    }

    /// Answers a request that was read completely.
    func perform(_ connection: Connection, _ plan: Exchange.Plan) {
        switch plan {
        case .file(let image, let variant, let part): sendFile(connection, image, variant, part)
        case .response(let response): send(connection, response)
        case .request(let request, _): ask(connection, request, plan)
        }
    }

    private func ask(_ connection: Connection, _ request: Request, _ plan: Exchange.Plan) {
        let exchange = connection.exchange ?? Exchange(plan)
        var complete = request
        bodyBytes -= exchange.body.count
        complete.body = exchange.body
        exchange.body = []
        if let response = context.responder.readyResponse(to: complete), ResponseWriter.isWellFormed(response) {
            return send(connection, response)
        }
        connection.exchange = exchange
        connection.phase = .waiting
        timers.set(connection.slot, .answer, now: now)
        let (inbox, responder, id, request) = (inbox, context.responder, connection.id, complete)
        let work: @Sendable () async -> Void = {
            let response = await responder.respond(to: request)
            inbox.post(.response(id, response))
        }
        exchange.task = Task(operation: work)
    }

    /// The responder has answered.
    func answer(_ connection: Connection, _ response: Response) {
        guard connection.phase == .waiting, let exchange = connection.exchange else { return abandon(response) }
        exchange.task = nil
        guard ResponseWriter.isWellFormed(response) else {
            abandon(response)
            send(connection, refusal(.badResponse))
            return resume(connection)
        }
        switch response.body {
        case .events(let stream): beginEvents(connection, response, stream)
        case .bytes:
            send(connection, Self.isUnknownMethod(exchange.plan, response) ? Self.wrongMethod(exchange.plan) : response)
            resume(connection)
        }
    }

    /// A responder that knows nothing of a static path leaves its other methods to the server.
    private static func isUnknownMethod(_ plan: Exchange.Plan, _ response: Response) -> Bool {
        if case .request(_, isStaticPath: true) = plan { response.status == 404 } else { false }
    }

    private static func wrongMethod(_ plan: Exchange.Plan) -> Response {
        let allow: HeaderFields = ["Allow": "GET, HEAD, OPTIONS"]
        if case .request(let request, _) = plan, request.method == "OPTIONS" {
            return Response(status: 204, headers: allow)
        }
        var response = Response.text(405, "This address can only be read.\n")
        response.headers.append(contentsOf: allow)
        return response
    }

    /// Nobody is there for a response any more.
    func abandon(_ response: Response) {
        if case .events(let stream) = response.body { stream.detach() }
    }

    private func record(_ connection: Connection, _ bytes: Span<UInt8>, _ head: RequestHead) -> LogRecord {
        let target = bytes.string(head.target)
        let peer = connection.peer
        let isProxy = context.proxies.contains(peer: peer)
        return LogRecord(
            method: bytes.string(head.method), path: String(target.prefix { $0 != "?" }),
            client: isProxy ? context.proxies.sender(peer: peer, headers: head.headerFields(bytes)).address : peer,
            start: .now)
    }
}
