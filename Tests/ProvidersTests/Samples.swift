import FoundationEssentials
import JSON
import Testing

@testable import Providers

/// The moment at which the tests' sign-ins begin, in seconds since 1970.
let start = 1_790_000_000.0

/// The descriptions as they are shipped.
func shippedFiles() throws -> [Catalogue.File] {
    let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appending(path: "Templates/providers")
    return try ["plex", "simkl", "tmdb", "trakt"].map { name in
        let bytes = try Data(contentsOf: folder.appending(path: name + ".json5"))
        return ("Templates/providers/\(name).json5", Array(bytes))
    }
}

/// What the accounts of the tests have entered.
let entered: [String: [String: String]] = [
    "trakt": ["client_id": "trakt-id"],
    "plex": ["client_identifier": "11111111-2222-4333-8444-555555555555"],
    "simkl": ["client_id": "simkl-id"],
    "tmdb": ["api_key": "0123456789abcdef0123456789abcdef", "read_token": "a.b.c"],
]

/// A shipped provider with entered values and a method.
func context(_ name: String, _ method: String? = nil, values: [String: String]? = nil) throws -> FlowContext {
    let provider = try #require(try Catalogue(files: shippedFiles())[name])
    return try context(provider, method, values: values ?? entered[name] ?? [:])
}

/// A provider of a test.
func context(_ provider: Provider, _ method: String? = nil, values: [String: String] = [:]) throws -> FlowContext {
    FlowContext(
        provider: provider, method: try #require(provider.method(method)), values: values,
        app: AppIdentity(name: "Latchkey", version: "1.0", device: "attic"),
        redirectURI: "https://home.example/\(provider.name)/oauth-callback/")
}

/// A provider from a description written in a test.
func described(_ text: String, name: String = "demo") throws -> Provider {
    try #require(try Catalogue(files: [("\(name).json5", Array(text.utf8))]).providers.first)
}

func answer(_ status: Int, _ body: String = "", headers: [Parameter] = []) -> Exchange {
    .response(ProviderResponse(status: status, headers: headers, body: Array(body.utf8)))
}

/// A request as one reads it.
func text(_ request: OutgoingRequest) -> String {
    let lines = ["\(request.method) \(request.url)"] + request.headers.map { "\($0.name): \($0.value)" }
    return lines.joined(separator: "\n")
        + (request.body.isEmpty ? "" : "\n\n" + String(decoding: request.body, as: UTF8.self))
}

func text(_ step: Step) -> String {
    switch step {
    case .none: "nothing"
    case .send(let request): text(request)
    case .refused(let problem): "refused (\(problem.code)): \(problem)"
    }
}

/// A flow that shows its code: begun, and its start answered.
func waiting(_ context: FlowContext, _ body: String, status: Int = 200) -> PollingFlow {
    var flow = PollingFlow(method: context.method)
    _ = flow.handle(.begin(state: "state-of-this-sign-in-0001"), at: start, in: context)
    _ = flow.handle(.answer(answer(status, body)), at: start, in: context)
    return flow
}

/// What becomes of a waiting flow by the answer to its first poll.
func polled(_ flow: PollingFlow, _ exchange: Exchange, _ context: FlowContext) -> PollingFlow {
    var flow = flow
    let now = flow.nextPollAt
    _ = flow.handle(.due, at: now, in: context)
    _ = flow.handle(.answer(exchange), at: now, in: context)
    return flow
}

let traktCode = """
    {"device_code":"d-secret","user_code":"5055CC52","verification_url":"https://auth.trakt.tv/activate",\
    "expires_in":600,"interval":5}
    """
let plexPin = """
    {"id":4242,"code":"ABCD","product":"Latchkey","trusted":false,"expiresIn":900,\
    "expiresAt":"2026-09-21T14:28:20Z","authToken":null}
    """
let simklCode = """
    {"device_code":"s-secret","user_code":"BDWP-HQPK","verification_uri":"https://simkl.com/pin",\
    "verification_uri_complete":"https://simkl.com/pin/BDWP-HQPK","expires_in":900,"interval":5}
    """
let tmdbToken = """
    {"success":true,"expires_at":"2026-09-21 15:13:20 UTC","request_token":"rt-1"}
    """
