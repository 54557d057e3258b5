internal import Files

/// The work on a sink's file. It may wait for the disk.
struct SinkFile: Sendable {
    let sink: Sink
    let book: SinkBook
    let now: Double

    /// What was done.
    enum Outcome: Sendable, Equatable {
        case written
        case removed
        /// It was as it should be.
        case unchanged
        case failed(SinkProblem)
    }

    /// Makes the file what it should be, and keeps how it stands.
    ///
    /// - Parameter content: what it should hold; nil when there should be none; or why that is not known.
    func bring(to content: Result<[UInt8]?, SinkProblem>) -> Outcome {
        do throws(FileError) {
            return try book.alone { bringAlone(to: content) }
        } catch {
            return .failed(SinkProblem(error.description))
        }
    }

    private func bringAlone(to content: Result<[UInt8]?, SinkProblem>) -> Outcome {
        do throws(SinkProblem) {
            if let bytes = try content.get() { return try write(bytes) }
            return try remove()
        } catch {
            // What is wrong is told in the log, too.
            _ = try? book.set(sink.file, at: now) { $0.problem = error.description }
            return .failed(error)
        }
    }

    /// The whole file or none of it, with its permissions from the beginning.
    private func write(_ bytes: [UInt8]) throws(SinkProblem) -> Outcome {
        if let obstacle = sink.obstacle { throw SinkProblem(obstacle) }
        do throws(FileError) {
            // First: a file that Latchkey does not know as its own is never taken away.
            let wasDifferent = try book.set(sink.file, at: now) {
                $0.isWritten = true
                $0.problem = nil
            }
            if try isCurrent(bytes) { return wasDifferent ? .written : .unchanged }
            try Files.writeDurably(bytes, to: sink.file, mode: sink.mode)
            return .written
        } catch {
            throw SinkProblem(error.description)
        }
    }

    private func isCurrent(_ bytes: [UInt8]) throws(FileError) -> Bool {
        guard try Files.exists(sink.file), try Files.permissions(of: sink.file) == sink.mode else { return false }
        return (try? Files.read(sink.file, limit: 1 << 21)) == bytes
    }

    /// Takes away a file that Latchkey has written.
    private func remove() throws(SinkProblem) -> Outcome {
        let entry = book[sink.file]
        guard entry.isWritten || entry.problem != nil else { return .unchanged }
        if entry.isWritten, (try? Files.exists(sink.file)) != false, let obstacle = sink.obstacle {
            throw SinkProblem(obstacle)
        }
        do throws(FileError) {
            if entry.isWritten, try Files.exists(sink.file) {
                try Files.remove(sink.file)
                try Files.synchronise(folder: Files.parent(of: sink.file))
            }
            try book.set(sink.file, at: now) { $0 = SinkBook.Entry() }
            return entry.isWritten ? .removed : .unchanged
        } catch {
            throw SinkProblem(error.description)
        }
    }
}
