internal import Crypto
internal import Files
internal import HTTP

/// Posts changes to addresses: signed, in order for each account, again and again for a day, and after a restart.
actor WebhookQueue {
    /// What may be used up.
    struct Limits: Sendable {
        /// How many posts may wait; beyond it the oldest ones are given up.
        var waiting = 5000
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
        /// How many seconds lie between two looks for what commands have left.
        var collecting = 30.0
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
    private var collector: Task<Void, Never>?
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
        posts = left.map(soon) + posts
        if opened.isKeeper { collector = Task { [weak self] in await self?.collect() } }
    }

    /// The clock may have been wrong when it was written.
    private func soon(_ post: WebhookPost) -> WebhookPost {
        var post = post
        (post.bornAt, post.dueAt) = (min(post.bornAt, clock.now), min(post.dueAt, clock.now + limits.longestPause))
        return post
    }

    /// Takes over what commands have left, now and each time.
    private func collect() async {
        while !Task.isCancelled {
            await takeOver()
            try? await Task.sleep(for: .seconds(limits.collecting))
        }
    }

    private func takeOver() async {
        guard let store, let left = try? await BlockingThread.run({ store.left() }), !left.files.isEmpty else { return }
        let known = Set(posts.map(\.name))
        posts += left.posts.map(soon).filter { targets[$0.target] != nil && !known.contains($0.name) }
        changed()
        // They are in our file before they are removed from theirs; a crash between the two repeats a post.
        while let task = saving { await task.value }
        _ = try? await BlockingThread.run { WebhookStore.remove(left.files) }
        pump()
    }

    // MARK: Changes

    /// Has a change told to all addresses.
    func add(_ change: AccountChange) {
        guard !targets.isEmpty, let id = try? Crypto.randomUUID() else { return }
        for target in targets.keys.sorted() {
            posts.append(WebhookPost(id: id, change: change, target: target, bornAt: clock.now, dueAt: 0))
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
            // The end of one of them looks again.
            guard underWay.count < limits.underWay else { break }
            if post.dueAt > now {
                next = min(next, post.dueAt)
            } else {
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
        let signature = Webhooks.signature(body, secret: secret, at: Int(clock.wall))
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
        if now + pause > post.bornAt + limits.life {
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

    /// Writes until nothing has changed meanwhile. What a disk did not take is written a little later.
    private func save() async {
        while isDirty, let store {
            isDirty = false
            let waiting = posts
            guard let problem = await problem({ () throws(FileError) in try store.write(waiting) }) else { continue }
            log.warning("webhooks not kept", ["reason": problem])
            Task { [weak self] in
                try? await Task.sleep(for: .seconds(10))
                await self?.changed()
            }
            break
        }
        saving = nil
    }

    /// Why the disk did not take something.
    private func problem(_ work: @escaping @Sendable () throws(FileError) -> Void) async -> String? {
        let result = try? await BlockingThread.run { () -> String in
            do throws(FileError) {
                try work()
                return ""
            } catch {
                return error.description
            }
        }
        return result == "" ? nil : result ?? "the system gave no thread"
    }

    /// Waits until everything is posted, but not longer than so many seconds: for programs that end at once.
    func drain(within patience: Double) async {
        let end = clock.now + patience
        while !posts.isEmpty, clock.now < end { try? await Task.sleep(for: .milliseconds(50)) }
    }

    /// Sends nothing more, and waits until what waits is in a file.
    func stop() async {
        isStopped = true
        alarm?.cancel()
        collector?.cancel()
        while let task = saving { await task.value }
        guard let store, !store.isKeeper, !posts.isEmpty else { return }
        let waiting = posts
        if let problem = await problem({ () throws(FileError) in try store.leave(waiting) }) {
            log.warning("webhooks not kept", ["reason": problem])
        }
    }
}
