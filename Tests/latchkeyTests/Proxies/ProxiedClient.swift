import Files
import HTTP
import TestSupport

/// A client in front of a proxy: curl(1), from 127.0.0.2.
struct ProxiedClient: Sendable {
    /// Where it is, so that it differs from the proxy.
    static let address = "127.0.0.2"

    let place: ProxyGuide.Place
    let port: Int
    /// The certificate is in it.
    let folder: TemporaryFolder

    /// The address of a path, as people type it.
    func url(_ path: String) -> String { "https://\(place.host):\(port)\(place.basePath)\(path.drop { $0 == "/" })" }

    /// Runs curl(1) with the address of a path and these arguments.
    func curl(_ path: String, _ arguments: [String] = []) throws -> ProcessHandle {
        try curl(url: url(path), arguments)
    }

    /// Runs curl(1) with an address.
    func curl(url: String, _ arguments: [String] = []) throws -> ProcessHandle {
        let common = [
            "--silent", "--show-error", "--max-time", "60", "--cacert", folder("cert.pem"), "--path-as-is",
            "--interface", Self.address, "--resolve", "\(place.host):\(port):127.0.0.1",
        ]
        return try ProcessHandle("/usr/bin/curl", common + arguments + [url])
    }

    /// Sends a request through the proxy.
    func send(
        _ method: String, _ path: String, _ headers: HeaderFields = [:], _ body: [UInt8] = []
    ) async throws -> Answer {
        try await send(url: url(path), method, headers, body)
    }

    /// As above, to an address.
    func send(
        url: String, _ method: String = "GET", _ headers: HeaderFields = [:], _ body: [UInt8] = []
    ) async throws -> Answer {
        let files = try TemporaryFolder()
        try Files.write(body, to: files("sent"))
        var arguments = ["-D", files("head"), "-o", files("body"), "-X", method]
        // curl asks by itself whether it may send a larger body, and adds what kind of data it thinks it is.
        arguments += (headers.fields.map { "\($0.name): \($0.value)" } + ["Expect:"]).flatMap { ["-H", $0] }
        if method == "HEAD" { arguments[5] = "GET"; arguments.append("--head") }
        if !body.isEmpty { arguments += ["--data-binary", "@\(files("sent"))"] }
        let process = try curl(url: url, arguments)
        guard await process.waitForEnd(within: .seconds(70)) == .exited(code: 0) else {
            throw World.Trouble(description: "\(method) \(url): \(process.errors.text)")
        }
        return try answer(files)
    }

    private func answer(_ files: TemporaryFolder) throws -> Answer {
        let blocks = try files.text(of: "head").split(separator: "\r\n\r\n", omittingEmptySubsequences: true)
        let lines = (blocks.last ?? "").split(separator: "\r\n")
        let status = lines.first?.split(separator: " ").dropFirst().first.flatMap { Int($0) }
        var headers = HeaderFields()
        for line in lines.dropFirst() {
            let parts = line.split(separator: ":", maxSplits: 1)
            guard parts.count == 2 else { continue }
            headers.append(String(parts[0]), String(parts[1].drop { $0 == " " }))
        }
        let body = Files.kind(of: files("body")) == nil ? [] : try Files.read(files("body"))
        return Answer(status: status ?? 0, headers: headers, body: body)
    }
}
