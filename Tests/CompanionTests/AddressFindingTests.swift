import HTTP
import Testing

@testable import Companion

/// What people are told of the public address.
struct AddressFindingTests {
    private func seen(
        _ scheme: String? = nil, peer: String = "127.0.0.1", listed: Bool = false, forwarded: Bool = false
    ) -> AddressProbe.Outcome {
        .here(.init(scheme: scheme, peer: peer, isThroughProxy: listed, isForwarded: forwarded))
    }

    private func lines(_ publicURL: String, _ page: String? = nil, _ outcome: AddressProbe.Outcome) -> [String] {
        AddressFinding.all(publicURL: publicURL, page: page, outcome: outcome).map {
            ["\($0.level):", $0.message, $0.hint].filter { !$0.isEmpty }.joined(separator: " ")
        }
    }

    @Test func `an address that leads here is good`() {
        #expect(lines("https://x.example/", "https://x.example/", seen()) == ["ok: https://x.example/ leads here."])
        #expect(
            lines("https://x.example/s/", nil, seen("https", listed: true, forwarded: true))
                == ["ok: https://x.example/s/ leads here."])
    }

    @Test func `the proxy says https, and http is configured`() {
        #expect(
            lines("http://x.example/s/", nil, seen("https", listed: true, forwarded: true)) == [
                "problem: The proxy says https, and you configured http. "
                    + "Start Latchkey with --public-url https://x.example/s/"
            ])
        #expect(
            lines("http://x.example/s/", nil, .redirected(to: "https://x.example/s/api/address/echo?nonce=1")) == [
                "problem: The proxy sends people from http to https, and you configured http. "
                    + "Start Latchkey with --public-url https://x.example/s/"
            ])
        #expect(
            lines("http://x.example/", "https://x.example/", .notSent) == [
                "problem: This page was opened by https, and Latchkey is configured for http. "
                    + "Start it with --public-url https://x.example/",
                "warning: http://x.example/ is plain http beyond this machine: keys and codes can be read on the way. "
                    + "Put a proxy with TLS in front (Docs/reverse-proxy.md).",
            ])
    }

    @Test func `a page at another address leads to where providers send people`() {
        #expect(
            lines("https://x.example/", "http://10.0.0.5:8787/", seen()) == [
                "problem: This page was opened at http://10.0.0.5:8787/, and providers send people back to "
                    + "https://x.example/. Open Latchkey at https://x.example/.",
                "ok: https://x.example/ leads here.",
            ])
    }

    @Test func `nobody is led from https back to http`() {
        #expect(
            lines("https://x.example/", "http://x.example/", seen("http", listed: true, forwarded: true)) == [
                "problem: This page was opened by http, and Latchkey is configured for https. "
                    + "Open Latchkey at https://x.example/",
                "warning: The proxy says http, and you configured https. "
                    + "If another one in front of it does TLS, let it pass X-Forwarded-Proto on.",
            ])
        #expect(
            lines("http://x.example/", "https://y.example/", seen()).first
                == "problem: This page was opened at https://y.example/, and providers send people back to "
                + "http://x.example/. Open Latchkey at http://x.example/, or start it with "
                + "--public-url https://y.example/")
    }

    @Test func `a proxy that is not listed is told of`() {
        #expect(
            lines("https://x.example/", nil, seen(peer: "10.0.0.2", forwarded: true)) == [
                "warning: A proxy forwards requests from 10.0.0.2, and it is not listed: all its clients count as one. "
                    + "Start Latchkey with --trusted-proxy 10.0.0.2"
            ])
        #expect(
            lines("https://x.example/", nil, seen(peer: "unix", forwarded: true)) == [
                "warning: A proxy forwards requests from the unix socket, and it is not listed: all its clients count "
                    + "as one. Start Latchkey with --trusted-proxy unix"
            ])
    }

    @Test(arguments: [
        (
            AddressProbe.Outcome.another,
            "problem: Another Latchkey answers at https://x.example/. "
                + "Let the proxy forward to this one, or correct --public-url."
        ),
        (
            .astray,
            "problem: Latchkey answers at https://x.example/, but under another path. Say --base-path with the path that "
                + "the proxy forwards; leave it out if the proxy strips the path."
        ),
        (
            .other(status: 404),
            "problem: Something else answers at https://x.example/ (HTTP 404). "
                + "Let the proxy forward every path below it to Latchkey."
        ),
        (
            .other(status: 502),
            "problem: The proxy at https://x.example/ does not reach Latchkey (HTTP 502). "
                + "Compare where it forwards to with --listen; for a unix socket, see --socket-owner."
        ),
        (
            .other(status: 421),
            "problem: The request arrives at https://x.example/ under another host name (HTTP 421). "
                + "Let the proxy pass Host on as it came."
        ),
        (
            .other(status: 401),
            "warning: At https://x.example/ something refuses whoever is not signed in there (HTTP 401). "
                + "If that is a proxy's own sign-in, let the callbacks of providers through."
        ),
        (
            .redirected(to: "https://auth.example/?rd=x"),
            "warning: At https://x.example/ something sends people on before they reach Latchkey. "
                + "If that is a sign-in page in front, let the callbacks of providers through."
        ),
        (
            .failed("the server did not answer in time"),
            "warning: From the machine of Latchkey https://x.example/ cannot be reached: the server did not answer in "
                + "time. That is as it may be when it is reached from outside alone. Otherwise correct --public-url, or "
                + "the proxy."
        ),
    ]) func `what does not lead here is said, with what to do`(outcome: AddressProbe.Outcome, line: String) {
        #expect(lines("https://x.example/", nil, outcome) == [line])
    }

    @Test func `a server answers to its own probe alone`() throws {
        let (one, other) = (try AddressProbe.new(), try AddressProbe.new())
        #expect(one.key != other.key)
        for query in ["", "nonce=0123456789abcdef0123456789abcdef&proof=x", "nonce=&proof=", "proof=a&nonce=b"] {
            #expect(throws: Problem(404, "not_this_server", "This is not the server that was meant.")) {
                try one.answer(Request(method: "GET", path: "/api/address/echo", query: query))
            }
        }
    }
}
