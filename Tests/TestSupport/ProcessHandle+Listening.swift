extension ProcessHandle {
    /// Waits until the program accepts connections; false when it ends instead.
    public func isListening(_ port: Int) async -> Bool {
        for _ in 0..<1000 {
            if (try? await RawClient.connect(port: port)) != nil { return true }
            if await waitForEnd(within: .milliseconds(20)) != nil { return false }
        }
        return false
    }
}
