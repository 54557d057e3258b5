extension Duration {
    /// How long a test waits for what must come: a machine with much else to do takes its time, and only a test that fails
    /// waits to the end.
    public static let patience = Duration.seconds(60)
}
