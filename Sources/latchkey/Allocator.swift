import CLinux

/// How the C library keeps memory in a server that runs for months.
enum Allocator {
    /// Large blocks go back to the system when they are freed, although glibc would begin to keep them after the
    /// first one; and threads share their heaps instead of each leaving holes in its own.
    static func keepSmall() {
        mallopt(M_MMAP_THRESHOLD, 128 * 1024)
        mallopt(M_ARENA_MAX, 2)
    }

    /// Gives back what starting up has left.
    static func trim() { malloc_trim(0) }
}
