/// One client. It belongs to one loop and is touched by its thread only.
final class Connection {
    enum Phase {
        /// A request's head is being read, or none has begun.
        case head
        case body
        /// The responder is at work.
        case waiting
        /// A response is being sent.
        case writing
        /// A stream of events is open.
        case streaming
        /// The last response was sent; what still arrives is thrown away so that the client can read the response.
        case lingering
        case closed
    }

    let number: Int32
    let id: ConnectionID
    /// Whose connection it counts as; nil when it is not counted.
    let client: ClientAddress?
    var phase = Phase.head
    var interest = Epoll.Interest.readable
    var parser = RequestParser()
    var input = InputBuffer()
    var output = OutputQueue()
    /// Whether the connection goes on after the present response.
    var keepsAlive = true
    /// Whether the client is cut off gently, because it may still be sending.
    var mustLinger = false
    /// Whether the client has said that it sends nothing more.
    var isPeerDone = false
    var isHead = false
    var minorVersion: UInt8 = 1
    /// Whether it goes on when the others had their turn.
    var isPostponed = false
    /// How many requests there were.
    var requests: Int32 = 0
    /// What only some requests need.
    var exchange: Exchange?
    /// Bytes to throw away at most before the connection is closed.
    var lingerBudget = 8 << 20
    var record: LogRecord?
    /// The address of the other end, asked for once.
    private(set) lazy var peer = Socket.peer(of: number)

    init(_ number: Int32, _ id: ConnectionID, of client: ClientAddress? = nil) {
        self.number = number
        self.id = id
        self.client = client
    }

    var slot: Int { Int(id.slot) }
}

/// The part of a request's handling that a plain static file does not need.
final class Exchange {
    /// How a request is answered.
    enum Plan {
        /// From memory; the number of the representation.
        case file(SiteImage, Int, FilePart)
        /// By the server itself.
        case response(Response)
        /// By the responder. A static path has only some methods.
        case request(Request, isStaticPath: Bool)
    }

    var plan: Plan
    var body: [UInt8] = []
    /// Bytes of the content that are still to come, when its length is known.
    var remaining = 0
    var chunked: ChunkedDecoder?
    var task: Task<Void, Never>?
    var stream: EventStream?
    init(_ plan: Plan) {
        self.plan = plan
    }
}

/// What of a file is sent.
enum FilePart: Equatable {
    /// 200, or its head alone.
    case whole
    /// 304.
    case notModified
    /// 206, with these bytes of the content.
    case part(Range<Int>)
}

/// What the access log will say of a request.
struct LogRecord {
    let method: String
    let path: String
    let client: String
    let start: SuspendingClock.Instant
    var status = 0
    var bytes = 0
}

extension LogRecord {
    /// What is known of a request whose head is malformed.
    init(of connection: Connection) {
        self.init(method: "", path: "", client: connection.peer, start: .now)
    }
}
