import HTTP
import JSON
import Providers
import Simulator
import Testing

@testable import Companion

/// A provider of the site, with the values that make it work with the simulator.
struct Stand {
    let world: World
    let simulated: SimulatedProvider
    let provider: Provider

    init(_ name: String, publicURL: String = World.origin + "/") async throws {
        simulated = try #require(SimulatedProvider(rawValue: name), "the simulator does not speak '\(name)'")
        world = try World(only: name, publicURL: publicURL)
        provider = try #require(world.companion.parts.catalogue[name])
        world.simulator.configure(simulated) { $0.interval = 1 }
        let values = world.server.values.filter { $0.key.hasPrefix("\(name).") }
        try await world.vault.apply(
            values.map { .set(name, String($0.key.dropFirst(name.utf8.count + 1)), to: .string($0.value)) },
            owner: "default", account: "default")
    }

    func status() async -> JSON { await world.get("/api/\(provider.name)/status").json }

    /// Approves at the provider's page, to which an answer leads.
    ///
    /// - Returns: the path and the query to which the provider sends the browser, and the browser's cookie.
    func approve(_ answer: World.Answer, account: String = "sean") async throws -> (target: String, cookie: String) {
        let cookie = try #require(answer.headers["Set-Cookie"]?.split(separator: ";").first)
        let page = try await Client(userAgent: "a browser").send(
            ClientRequest(
                method: "POST", url: try #require(answer.json["authorization_url"]?.stringValue),
                headers: ["Content-Type": "application/x-www-form-urlencoded"],
                body: Array("decision=approve&account=\(account)".utf8)))
        let location = try #require(page.headers["Location"], "\(String(decoding: page.body, as: UTF8.self))")
        return (String(location.dropFirst(World.origin.utf8.count)), String(cookie))
    }

    /// Approves at the provider's page and follows it back.
    func comeBack(_ answer: World.Answer, account: String = "sean") async throws {
        let (target, cookie) = try await approve(answer, account: account)
        #expect(await world.get(target, headers: ["Cookie": cookie]).status == 303)
    }
}
