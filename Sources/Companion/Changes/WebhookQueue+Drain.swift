extension WebhookQueue {
    /// Waits until everything is posted, but not longer than so many seconds: for programs that end at once.
    func drain(within patience: Double) async {
        let clock = EngineClock()
        let end = clock.now + patience
        while !posts.isEmpty, clock.now < end { try? await Task.sleep(for: .milliseconds(50)) }
    }
}
