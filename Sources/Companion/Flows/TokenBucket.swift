/// So many at once, and then so many in a minute.
struct TokenBucket: Sendable {
    /// How many may come at once; as many more may come in each minute.
    let burst: Double
    private var left: Double
    private var time: Double

    /// A full bucket.
    ///
    /// - Parameter now: seconds since any moment.
    init(burst: Int, at now: Double) {
        self.burst = Double(max(1, burst))
        left = self.burst
        time = now
    }

    /// Takes one.
    mutating func take(at now: Double) -> Bool {
        fill(at: now)
        guard left >= 1 else { return false }
        left -= 1
        return true
    }

    /// Seconds until one can be taken: 0 when that is now.
    func wait(at now: Double) -> Double {
        var filled = self
        filled.fill(at: now)
        return max(0, (1 - filled.left) * 60 / burst)
    }

    private mutating func fill(at now: Double) {
        left = min(burst, left + max(0, now - time) * burst / 60)
        time = max(time, now)
    }
}

extension BoundedTable where Value == TokenBucket {
    /// Takes one from the bucket of a key: nil when there was one, else the seconds until the next one.
    mutating func take(_ key: Key, burst: Int, at now: Double) -> Double? {
        var bucket = self[key] ?? TokenBucket(burst: burst, at: now)
        let wait = bucket.wait(at: now)
        guard bucket.take(at: now) else { return wait }
        self[key] = bucket
        return nil
    }
}
