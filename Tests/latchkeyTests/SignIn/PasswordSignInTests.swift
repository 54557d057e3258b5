import Files
import TestSupport
import Testing

/// `--sign-in password`, seen from outside.
@Suite(.timeLimit(.minutes(2))) struct PasswordSignInTests {
    @Test func `nothing but the sign-in is open to those who are not signed in`() async throws {
        let world = try await World(["--sign-in", "password"])
        try await world.setPassword("correct-horse")
        let page = try await world.get("/")
        #expect(page.status == 303 && page.headers["Location"] == "./sign-in/")
        #expect(page.headers["Cache-Control"] == "no-store")
        for path in ["/api/auth/providers", "/api/auth/providers/html", "/api/status", "/api/events", "/api/config"] {
            let answer = try await world.get(path)
            #expect(answer.status == 401)
            #expect(answer.json.text("error") == "not_signed_in")
        }
        for path in ["/healthz", "/sign-in/", "/assets/latchkey.css", "/assets/latchkey.js", "/logos/trakt.svg"] {
            #expect(try await world.get(path).status == 200, "\(path)")
        }
        let session = try await world.signIn("correct-horse")
        for path in ["/", "/api/auth/providers", "/api/auth/providers/html", "/api/status", "/api/config"] {
            #expect(try await world.get(path, ["Cookie": session]).status == 200, "\(path)")
        }
        // A session survives a crash, and no file holds what lets people in.
        let kept = String(decoding: try Files.read(world.folder("data/sign-in/sessions.json")), as: UTF8.self)
        #expect(!kept.contains(session.drop { $0 != "=" }.dropFirst()))
        try await world.crash()
        #expect(try await world.get("/", ["Cookie": session]).status == 200)
        // Another password ends it.
        try await world.setPassword("battery-staple")
        #expect(try await world.get("/", ["Cookie": session]).status == 303)
        let log = try world.log
        #expect(!log.contains("correct-horse"))
    }

    @Test(arguments: [
        ("short\n", "the password needs 8 characters at least"), ("", "there is no password on standard input"),
        (String(repeating: "x", count: 1025) + "\n", "the password has more than 1024 bytes"),
    ]) func `a password that cannot be one is refused`(input: String, sentence: String) async throws {
        let world = try await World(["--sign-in", "password"])
        let run = try await world.passwd(input)
        #expect(run.code != 0 && run.output == "")
        #expect(run.errors == "latchkey: \(sentence)\n")
        // The code that was printed is good as before.
        #expect(try await world.get("/sign-in/").text.contains("name=\"code\""))
    }
}
