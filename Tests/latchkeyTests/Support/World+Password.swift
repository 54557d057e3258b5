import TestSupport

extension World {
    /// `latchkey passwd` for this data folder, with these lines on its standard input.
    func passwd(_ input: String) async throws -> Command {
        let process = try ProcessHandle(
            "/bin/sh",
            ["-c", "printf '%s' \"$2\" | \"$0\" passwd --data \"$1\"", RunningLatchkey.binary, folder("data"), input])
        let end = await process.waitForEnd()
        let code: Int? = if case .exited(let code)? = end { code } else { nil }
        return Command(code: code, output: process.output.text, errors: process.errors.text)
    }

    /// The password that lets people in from now on.
    func setPassword(_ password: String) async throws {
        let run = try await passwd(password + "\n")
        let said = "The password for \(folder("data")) is set. Whoever was signed in has to sign in again.\n"
        if run != Command(code: 0, output: said, errors: "") { throw Trouble(description: "\(run)") }
    }

    /// The cookie of a session, for whoever knows the password.
    func signIn(_ password: String) async throws -> String {
        let page = try await get("/sign-in/")
        let token = page.text.firstMatch(of: #/name="form_token"\s+value="([^"]+)"/#)?.1 ?? ""
        let cookie = page.headers["Set-Cookie"]?.prefix { $0 != ";" } ?? ""
        let answer = try await send(
            "POST", "/sign-in/",
            [
                "Origin": try origin, "Cookie": String(cookie),
                "Content-Type": "application/x-www-form-urlencoded",
            ], body: Array("password=\(password)&form_token=\(token)".utf8), isSecret: true)
        guard answer.status == 303, let session = answer.headers["Set-Cookie"]?.prefix(while: { $0 != ";" }) else {
            throw Trouble(description: "not signed in: \(answer.summary)")
        }
        return String(session)
    }
}
