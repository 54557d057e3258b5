import Companion
import Diagnostics
import Files

/// Whether those who are to be told of changes can be told.
extension Doctor {
    static func telling(_ settings: Settings, _ data: String) -> [Finding] {
        sinks(settings, data) + webhooks(settings, data) + audit(settings, data)
    }

    private static func sinks(_ settings: Settings, _ data: String) -> [Finding] {
        guard settings.structure(Serve.sinks) != nil else { return [] }
        let sinks: [Sink]
        do {
            let sources = try settings.builder().site.read()
            sinks = try Serve.sinks(settings, try sources.catalogue(), sources, data: data)
        } catch let problems as Diagnostics {
            return problems.list.map { Finding("sinks", .problem, sentence(String("\($0)".prefix { $0 != "\n" }))) }
        } catch {
            // The topic of the site tells it.
            return []
        }
        let book = SinkBook(folder: Serve.tellingFolder(data))
        let found = sinks.flatMap { findings(of: $0, book) }
        if !found.isEmpty { return found }
        let count = sinks.count
        return [Finding("sinks", .ok, "\(count) file\(count == 1 ? " is" : "s are") kept up to date.")]
    }

    private static func findings(of sink: Sink, _ book: SinkBook) -> [Finding] {
        var found: [Finding] = []
        if let obstacle = sink.obstacle {
            found.append(Finding("sinks", .problem, sentence(obstacle), hint: "Mend that, or name another file."))
        } else if let problem = book[sink.file].problem {
            found.append(
                Finding(
                    "sinks", .warning, "\(sink.file) could not be written: \(problem).",
                    hint: "The server tries again; its log says when."))
        }
        if sink.isReplaceable {
            found.append(
                Finding(
                    "sinks", .warning, "Others can put another file in the place of \(sink.file).",
                    hint: "chmod go-w '\(Files.parent(of: sink.file))'"))
        }
        if sink.mode & 0o004 != 0 {
            found.append(
                Finding(
                    "sinks", .warning, "Every user of this machine can read the token in \(sink.file).",
                    hint: "Say mode \"0640\", and give the file's folder the group of the program that reads it."))
        }
        return found
    }

    private static func webhooks(_ settings: Settings, _ data: String) -> [Finding] {
        do {
            let count = try Serve.webhooks(settings, data: data).urls.count
            if count == 0 { return [] }
            return [Finding("webhooks", .ok, "\(count) address\(count == 1 ? " is" : "es are") told of changes.")]
        } catch {
            return [Finding("webhooks", .problem, sentence(error.message))]
        }
    }

    /// SECURITY: names, addresses and times of people are for the owner alone.
    private static func audit(_ settings: Settings, _ data: String) -> [Finding] {
        do {
            guard try Serve.telling(settings, data: data).audit != nil else {
                return [Finding("audit", .ok, "No audit log is kept.")]
            }
        } catch {
            return [Finding("audit", .problem, sentence(error.message))]
        }
        let path = Serve.auditPath(data)
        guard let mode = try? Files.permissions(of: path), mode & 0o077 != 0 else { return [] }
        return [Finding("audit", .warning, "\(path) can be read by others.", hint: "chmod 600 '\(path)'")]
    }
}
