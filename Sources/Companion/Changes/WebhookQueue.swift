internal import Crypto
internal import Files
internal import HTTP

/// Posts changes to addresses: signed, in order for each account, again and again for a day, and after a restart.
actor WebhookQueue {
    /// What may be used up.
    struct Limits: Sendable {
        /// How many posts may wait; beyond it the oldest ones are given up.
        var waiting = 1000
        /// How many may be under way at once.
        var underWay = 8
        /// How many seconds a change is tried.
        var life = 86_400.0
        /// How many seconds to wait after the first failure; twice as many after each other one.
        var pause = 1.0
        /// The longest wait.
        var longestPause = 3600.0
        /// From the request to the last byte of the answer.
        var time = Duration.seconds(15)
    }

    private let client: Client
    private let clock: EngineClock
    private let limits: Limits
    private var log: Log
    private var store: WebhookStore?
    private var secret: [UInt8] = []
    /// The addresses by their digests.
    private var targets: [String: String] = [:]
    /// In the order in which they came.
    private(set) var posts: [WebhookPost] = []
    private var underWay: Set<String> = []
    private var alarm: Task<Void, Never>?
    private var saving: Task<Void, Never>?
    private var isDirty = false
    private var isStopped = false

    init(client: Client, clock: EngineClock, log: Log, limits: Limits = Limits()) {
        (self.client, self.clock, self.log, self.limits) = (client, clock, log, limits)
    }

    // MARK: Addresses

    /// Goes on with these addresses; what waits for others is given up. The first time, what an earlier process has left
    /// is read.
    func adopt(_ webhooks: Webhooks, log: Log) async {
        self.log = log
        secret = webhooks.secret
        targets = Dictionary(webhooks.urls.map { (Webhooks.digest($0), $0) }, uniquingKeysWith: { first, _ in first })
        if store == nil, !webhooks.urls.isEmpty { await open(webhooks.folder) }
        let count = posts.count
        posts.removeAll { targets[$0.target] == nil }
        if posts.count < count { changed() }
        pump()
    }

    private func open(_ folder: String) async {
        guard let opened = try? await BlockingThread.run({ WebhookStore(folder: folder) }) else { return }
        let left = (try? await BlockingThread.run { opened.read() }) ?? []
        store = opened
        let now = clock.now
        // The clock may have been wrong when they were written.
        posts =
            left.map { post in
                var post = post
                post.dueAt = min(post.dueAt, now + limits.longestPause)
                return post
            } + posts
        if !opened.isKept {
            log.warning("webhooks not kept", ["reason": "another latchkey keeps those of this folder"])
        }
    }

    // MARK: Changes

    /// Has a change told to all addresses.
    func add(_ change: AccountChange) {
        guard !targets.isEmpty, let id = try? Crypto.randomUUID() else { return }
        for target in targets.keys.sorted() {
            posts.append(WebhookPost(id: id, change: change, target: target, dueAt: 0))
        }
        let surplus = posts.count - limits.waiting
        if surplus > 0 {
            posts.removeFirst(surplus)
            log.warning("webhooks given up", ["count": "\(surplus)", "reason": "too many wait"])
        }
        changed()
        pump()
    }

    /// Sends what is due, of each lane the first alone, and has an alarm set for the next.
    private func pump() {
        if isStopped { return }
        let now = clock.now
        var lanes: Set<WebhookPost.Lane> = []
        var next = Double.infinity
        for post in posts where lanes.insert(post.lane).inserted && !underWay.contains(post.name) {
            if post.dueAt > now {
                next = min(next, post.dueAt)
            } else if underWay.count < limits.underWay {
                underWay.insert(post.name)
                Task { await deliver(post) }
            }
        }
        setAlarm(next - now)
    }

    private func setAlarm(_ wait: Double) {
        alarm?.cancel()
        guard wait.isFinite else { return }
        alarm = Task { [weak self] in
            do { try await Task.sleep(for: .seconds(wait)) } catch { return }
            await self?.pump()
        }
    }

    // MARK: Posting

    private func deliver(_ post: WebhookPost) async {
        guard let url = targets[post.target] else {
            underWay.remove(post.name)
            return
        }
        let failure = await send(post, to: url)
        underWay.remove(post.name)
        // It may have been given up meanwhile.
        if let index = posts.firstIndex(where: { $0.name == post.name }) { settle(index, url, failure) }
        pump()
    }

    /// Why it was not delivered, and for how long the receiver wants to be left alone.
    private struct Failure {
        let reason: String
        var pause = 0.0
    }

    private func send(_ post: WebhookPost, to url: String) async -> Failure? {
        let body = post.body
        let signature = Webhooks.signature(body, secret: secret, at: Int(clock.now))
        let request = ClientRequest(
            method: "POST", url: url,
            headers: ["Content-Type": "application/json", "Latchkey-Signature": signature], body: body,
            timeout: limits.time, maximumBytes: 65_536)
        do throws(ClientError) {
            let response = try await client.send(request)
            if 200..<300 ~= response.status { return nil }
            return Failure(reason: "status \(response.status)", pause: Self.pause(response))
        } catch {
            return Failure(reason: error.description)
        }
    }

    /// The seconds of `Retry-After` (RFC 9110 section 10.2.3); dates are not honoured.
    private static func pause(_ response: ClientResponse) -> Double {
        response.headers["Retry-After"].flatMap(Int.init).map { Double(min(max(0, $0), 86_400)) } ?? 0
    }

    private func settle(_ index: Int, _ url: String, _ failure: Failure?) {
        let post = posts[index]
        var details = ["webhook": Webhooks.shown(url), "event": post.change.kind.rawValue, "id": post.id]
        guard let failure else {
            posts.remove(at: index)
            log.debug("webhook delivered", post.change.key, details)
            return changed()
        }
        details["reason"] = failure.reason
        let now = clock.now
        let pause = min(max(jittered(post.failures), failure.pause), limits.longestPause)
        if now + pause > post.change.at + limits.life {
            posts.remove(at: index)
            log.warning("webhook given up", post.change.key, details)
        } else {
            posts[index].failures += 1
            posts[index].dueAt = now + pause
            details["retry_in"] = "\(Int(pause.rounded(.up)))s"
            log.warning("webhook not delivered", post.change.key, details)
        }
        changed()
    }

    /// Between half and the whole of the pause, so that many do not come back at one moment.
    private func jittered(_ failures: Int) -> Double {
        let pause = min(limits.pause * Double(1 << min(failures, 20)), limits.longestPause)
        return pause * Double.random(in: 0.5...1)
    }

    // MARK: The file

    private func changed() {
        isDirty = true
        if saving == nil { saving = Task { await save() } }
    }

    /// Writes until nothing has changed meanwhile. What a disk did not take is written with the next change.
    private func save() async {
        while isDirty, let store {
            isDirty = false
            let waiting = posts
            let result = try? await BlockingThread.run { Self.write(waiting, to: store) }
            let problem = result ?? "the system gave no thread"
            if !problem.isEmpty { log.warning("webhooks not kept", ["reason": problem]) }
        }
        saving = nil
    }

    /// - Returns: what went wrong; empty when nothing did.
    private static func write(_ posts: [WebhookPost], to store: WebhookStore) -> String {
        do throws(FileError) {
            try store.write(posts)
            return ""
        } catch {
            return error.description
        }
    }

    /// Sends nothing more, and waits until what waits is in the file.
    func stop() async {
        isStopped = true
        alarm?.cancel()
        while let task = saving { await task.value }
    }
}
