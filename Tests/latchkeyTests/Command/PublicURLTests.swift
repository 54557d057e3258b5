import Testing

@testable import latchkey

/// The address that people type, and that providers are given.
struct PublicURLTests {
    @Test(arguments: [
        ("https://latchkey.example", "https://latchkey.example/"),
        ("HTTPS://LATCHKEY.Example/A", "https://latchkey.example/A/"),
        ("https://h:443/x/", "https://h/x/"), ("http://h:80", "http://h/"), ("http://h:443", "http://h:443/"),
        ("http://[::1]:8787/", "http://[::1]:8787/"),
        (
            "https://a_b.xn--bcher-kva.example:8443/my%20settings/.x",
            "https://a_b.xn--bcher-kva.example:8443/my%20settings/.x/"
        ),
    ]) func `it is told in one form`(given: String, text: String) throws {
        #expect(try PublicURL(given).text == text)
    }

    @Test(arguments: [
        ("latchkey.example", "does not begin with http:// or https://"),
        ("htps://x", "does not begin with http:// or https://"),
        ("https://x/?a", "has a query or a fragment"), ("https://x/#a", "has a query or a fragment"),
        ("https://me:secret@x/", "has a user's name in it"), ("https:///", "has a host or a port that cannot be one"),
        ("https://h:99999/", "has a host or a port that cannot be one"),
        ("https://h:/", "has a host or a port that cannot be one"),
        ("https://h..example/", "has a host or a port that cannot be one"),
        ("https://-h/", "has a host or a port that cannot be one"),
        ("https://b\u{FC}cher.example/", "has a host or a port that cannot be one"),
        ("https://h x/", "has a host or a port that cannot be one"),
        ("https://[::1/", "has a host or a port that cannot be one"),
        ("https://h//", "has a path that could be read in two ways"),
        ("https://h/a/../b/", "has a path that could be read in two ways"),
        ("https://h/%2e%2e/", "has a path that could be read in two ways"),
        ("https://h/a%2fb", "has a path that could be read in two ways"),
        ("https://h/%", "has a path that could be read in two ways"),
        ("https://h/a b", "has a path that could be read in two ways"),
    ]) func `what cannot work is refused, with the part that is wrong`(given: String, what: String) {
        #expect(
            throws: Failure.usage(
                "--public-url '\(given)' \(what); it should be an address such as https://latchkey.example/")
        ) { try PublicURL(given) }
    }
}
