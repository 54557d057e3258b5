import HTTP
import JSON
import Simulator
import TestSupport

/// What people, pages and programs do, each again and again until it is cancelled.
struct Load: Sendable {
    let server: ServerUnderLoad
    let ledger: Ledger
    private let client = Client(userAgent: "latchkey-soak")

    init(_ server: ServerUnderLoad, _ ledger: Ledger) {
        (self.server, self.ledger) = (server, ledger)
    }

    /// Everything at once.
    func run() async {
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<4 { group.addTask { await readPages() } }
            for number in 0..<4 { group.addTask { await write(account: "writer-\(number)") } }
            for number in 0..<4 { group.addTask { await signIn(account: "person-\(number)") } }
            for _ in 0..<8 { group.addTask { await listen() } }
            for _ in 0..<2 { group.addTask { await misbehave() } }
            group.addTask { await disturb() }
        }
    }

    /// One request. Nil when the server was ended meanwhile; every other one has to be answered.
    private func ask(_ method: String, _ path: String, _ body: JSON? = nil) async -> (status: Int, json: JSON)? {
        guard let life = server.life else {
            await Task.yield()
            return nil
        }
        var headers: HeaderFields = ["Origin": server.url]
        if body != nil { headers["Content-Type"] = "application/json" }
        do {
            let answer = try await client.send(
                ClientRequest(
                    method: method, url: server.url + path, headers: headers, body: body?.encoded() ?? [],
                    timeout: .seconds(60)))
            ledger.count("answers")
            if answer.status == 500 { ledger.note("\(method) \(path) was answered 500") }
            return (answer.status, (try? JSON.parse(answer.body)) ?? .null)
        } catch {
            if server.life == life, !Task.isCancelled { ledger.note("\(method) \(path) got no answer: \(error)") }
            return nil
        }
    }

    private func readPages() async {
        while !Task.isCancelled {
            for path in ["/", "/assets/latchkey.css", "/api/status", "/api/config", "/nothing", "/healthz"] {
                _ = await ask("GET", path)
            }
        }
    }

    /// Saves a number, and looks whether it is there, also after the process has ended. A save that was not answered
    /// may have happened or not.
    private func write(account: String) async {
        let path = "/api/config?account=\(account)"
        var possible = [""]
        var number = 0
        while !Task.isCancelled {
            guard let read = await ask("GET", path), read.status == 200 else { continue }
            let stored = read.json["simkl"]?["client_id"]?.stringValue ?? ""
            if !possible.contains(stored) { ledger.note("\(account): \(stored) is stored, not one of \(possible)") }
            number += 1
            let answer = await ask("POST", path, ["simkl": ["client_id": .string("\(number)")]])
            switch answer?.status {
            case 200?:
                ledger.count("writes")
                possible = ["\(number)"]
            case nil: possible = [stored, "\(number)"]
            case let status?:
                ledger.note("\(account): a save was answered \(status)")
                possible = [stored]
            }
        }
    }

    /// Links Trakt by code, then ends the connection. Providers have faults, so some attempts fail, and are begun again.
    private func signIn(account: String) async {
        let query = "?account=\(account)"
        let keys: JSON = ["trakt": ["client_id": .string(Simulator.demoValues["trakt.client_id"] ?? "")]]
        while !Task.isCancelled {
            guard await ask("POST", "/api/config" + query, keys)?.status == 200,
                let begun = await ask("POST", "/api/trakt/pin/new" + query)
            else { continue }
            guard begun.status == 200, let code = begun.json["user_code"]?.stringValue else {
                // Starts are paced: the next try waits.
                try? await Task.sleep(for: .seconds(2))
                continue
            }
            server.providers.simulator.approve(.trakt, userCode: code)
            var waits = 0
            while !Task.isCancelled, waits < 60 {
                let status = await ask("GET", "/api/trakt/status" + query)
                if status?.json["state"] == "connected" {
                    ledger.count("sign-ins")
                    break
                }
                waits += 1
                try? await Task.sleep(for: .milliseconds(500))
            }
            _ = await ask("POST", "/api/trakt/disconnect" + query)
            try? await Task.sleep(for: .seconds(6))
        }
    }

    /// Reads events until the stream ends, and begins again.
    private func listen() async {
        while !Task.isCancelled {
            guard server.life != nil, let connection = try? await RawClient.connect(port: server.port) else {
                await Task.yield()
                continue
            }
            try? await connection.send("GET /api/events?account=person-0 HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
            for _ in 0..<20 where !Task.isCancelled {
                guard (try? await connection.bytes(through: "\n\n")) != nil else { break }
                ledger.count("events")
            }
            connection.reset()
        }
    }

    /// Requests that are cut off, malformed, or answered to nobody.
    private func misbehave() async {
        let texts = [
            "GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nX: ", "GET / HTTP/1.1\nHost: a\n\n", "\0\0\0\0",
            "POST /api/config HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 100\r\n\r\nabc",
            "GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\nGET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n",
        ]
        while !Task.isCancelled {
            for text in texts {
                guard server.life != nil, let connection = try? await RawClient.connect(port: server.port) else {
                    await Task.yield()
                    continue
                }
                try? await connection.send(text)
                ledger.count("rudenesses")
                if Bool.random() { connection.reset() } else { connection.close() }
            }
            try? await Task.sleep(for: .milliseconds(50))
        }
    }

    /// Providers fail in every way, some of the time.
    private func disturb() async {
        let kinds: [Fault.Kind] = [
            .status(500), .status(503), .emptyBody, .notJSON, .lostAnswer, .delay(milliseconds: 300), .slowDown,
        ]
        while !Task.isCancelled {
            for kind in kinds {
                server.providers.simulator.add(Fault(kind), to: .trakt)
                ledger.count("faults")
                try? await Task.sleep(for: .seconds(4))
            }
        }
    }
}
