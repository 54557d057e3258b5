import HTTP
import Testing

@testable import Companion

@Suite struct OriginGuardTests {
    let guardian = OriginGuard(
        origins: ["http://127.0.0.1:8787", "https://home.example"], publicURL: "http://127.0.0.1:8787/")

    private func refusal(_ headers: HeaderFields) -> String? {
        do throws(Problem) {
            try guardian.check(Request(method: "POST", path: "/", headers: headers))
            return nil
        } catch {
            return error.code
        }
    }

    @Test(
        arguments: [
            ["Origin": "http://127.0.0.1:8787"], ["Origin": "HTTPS://Home.Example"],
            ["Origin": "http://127.0.0.1:8787", "Sec-Fetch-Site": "same-origin"],
            ["Origin": "http://127.0.0.1:8787", "Sec-Fetch-Site": "none"],
            ["Sec-Fetch-Site": "same-origin"], ["Referer": "https://home.example/settings?x#y"],
            ["Referer": "https://home.example:443/"],
        ] as [HeaderFields])
    func `the own page is let through`(headers: HeaderFields) {
        #expect(refusal(headers) == nil)
    }

    @Test(
        arguments: [
            ["Origin": "null"], ["Origin": "http://127.0.0.1"], ["Origin": "http://127.0.0.1:8787.evil.example"],
            ["Origin": "https://home.example.evil.example"], ["Origin": "http://home.example"], ["Origin": ""],
            ["Origin": "https://home.example", "Sec-Fetch-Site": "cross-site"],
            ["Origin": "https://home.example", "Sec-Fetch-Site": "same-site"],
            ["Sec-Fetch-Site": "cross-site"], ["Origin": "https://home.example", "origin": "https://evil.example"],
            ["Referer": "https://evil.example/https://home.example/"],
            ["Origin": "https://evil.example", "Sec-Fetch-Site": "same-origin"],
        ] as [HeaderFields])
    func `another site is not`(headers: HeaderFields) {
        #expect(refusal(headers) == "foreign_origin")
    }

    @Test(
        arguments: [
            [:], ["Host": "home.example"], ["Sec-Fetch-Site": "none"], ["Referer": "about:blank"],
            ["Referer": "https://home.example@evil.example/"], ["X-Forwarded-Host": "home.example"],
        ] as [HeaderFields])
    func `what does not say where it comes from is not, whatever its Host`(headers: HeaderFields) {
        #expect(refusal(headers) == "origin_missing")
    }

    @Test func `an origin is the scheme and authority of a URL`() {
        let cases: [(String, String?)] = [
            ("http://Host:80/a", "http://host"), ("https://host:443", "https://host"),
            ("https://host:80/?q", "https://host:80"), ("http://[::1]:8787/x", "http://[::1]:8787"),
            ("http:///x", nil), ("ftp://host/", nil), ("https://a@b/", nil), ("https://a\\b", "https://a"),
        ]
        for (url, origin) in cases { #expect(OriginGuard.origin(of: url) == origin) }
    }
}
