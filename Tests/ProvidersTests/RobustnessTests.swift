import JSON
import Testing

@testable import Providers

/// Nothing from outside can stop the program: neither a damaged description nor a strange answer.
@Suite struct RobustnessTests {
    /// The same numbers in each run.
    struct Numbers: RandomNumberGenerator {
        var state: UInt64
        mutating func next() -> UInt64 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return state ^ (state >> 29)
        }
    }

    @Test func `A damaged description is read or refused`() throws {
        var numbers = Numbers(state: 1)
        for file in try shippedFiles() {
            for _ in 0..<60 {
                var bytes = file.bytes
                for _ in 0..<Int.random(in: 1...3, using: &numbers) {
                    let place = Int.random(in: bytes.indices, using: &numbers)
                    switch Int.random(in: 0..<4, using: &numbers) {
                    case 0: bytes.remove(at: place)
                    case 1: bytes[place] = UInt8.random(in: 0...255, using: &numbers)
                    case 2: bytes.insert(contentsOf: Array("{{".utf8), at: place)
                    default: bytes.removeSubrange(place..<min(place + 40, bytes.count))
                    }
                }
                // SECURITY: whatever is accepted is a whole provider.
                let catalogue = try? Catalogue(files: [(file.path, bytes)])
                #expect(catalogue?.providers.count ?? 1 == 1)
            }
        }
    }

    static let strange: [JSON] = [
        .null, true, 0, -1, .int(.max), .int(.min), 1e308, -1e308, 1e-300, "", " ", "0x10", "1e999", "\u{0}",
        "\u{202E}x", .string(String(repeating: "x", count: 20_000)), [], [[]], [.null], ["a", 1], [:], ["a": [:]],
    ]

    @Test(arguments: ["trakt", "plex", "simkl", "tmdb"]) func `A strange answer ends in a state`(name: String) throws {
        let context = try context(name)
        let names = [
            "expires_in", "expiresIn", "expires_at", "interval", "user_code", "code", "id", "device_code",
            "request_token", "verification_url", "verification_uri",
        ]
        let whole = try JSON.parse(Array(try #require(DialectTests.starts[name]).utf8))
        let tokens = [
            "access_token", "authToken", "session_id", "expires_in", "created_at", "scope", "token_type",
            "refresh_token", "error", "status_code",
        ]
        for value in Self.strange {
            for key in names {
                var body = whole
                body[key] = value
                let flow = waiting(context, String(decoding: body.encoded(), as: UTF8.self))
                guard let next = flow.nextEventAt else { continue }
                #expect(next > start && next <= start + 86_400)
                #expect(flow.userCode.utf8.count <= 512)
                #expect(WebAddress(flow.verificationURL)?.isSecure == true)
            }
            for key in tokens {
                var body: JSON = ["access_token": "t", "authToken": "t", "session_id": "t"]
                body[key] = value
                let before = waiting(context, String(decoding: whole.encoded(), as: UTF8.self))
                let flow = polled(before, answer(200, String(decoding: body.encoded(), as: UTF8.self)), context)
                #expect(flow.tokens == nil || flow.status == .ok)
                if let token = flow.tokens?.accessToken { #expect(!token.isEmpty && Encoding.isPlain(token)) }
            }
        }
    }
}
