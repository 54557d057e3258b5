import Testing

@testable import HTTP

@Suite struct AddressRangeTests {
    @Test(arguments: [
        ("127.0.0.1", "127.0.0.1", true), ("127.0.0.1", "127.0.0.2", false),
        ("10.0.0.0/8", "10.255.0.1", true), ("10.0.0.0/8", "11.0.0.1", false),
        ("0.0.0.0/0", "203.0.113.7", true), ("0.0.0.0/0", "2001:db8::1", false),
        ("192.0.2.128/25", "192.0.2.127", false), ("192.0.2.128/25", "192.0.2.255", true),
        ("10.0.0.0/8", "::ffff:10.1.2.3", true), ("::ffff:10.0.0.0/104", "10.1.2.3", true),
        ("::1", "::1", true), ("fd00::/8", "fdff::1", true), ("fd00::/8", "fe80::1", false),
        ("2001:db8::/32", "2001:db8:ffff::1", true), ("2001:db8::/65", "2001:db8::8000:0:0:0", false),
        ("::/0", "2001:db8::1", true), ("::/0", "192.0.2.1", true), ("2001:db8::1/128", "2001:db8::2", false),
    ]) func `a range has the addresses that begin as it does`(range: String, address: String, isIn: Bool) throws {
        #expect(try AddressRange(range).contains(#require(ClientAddress(address))) == isIn)
    }

    @Test(arguments: [
        ("proxy", "'proxy' is not an address; write 127.0.0.1, 10.0.0.0/8 or fd00::/8"),
        ("", "'' is not an address; write 127.0.0.1, 10.0.0.0/8 or fd00::/8"),
        ("127.1/8", "'127.1/8' is not an address; write 127.0.0.1, 10.0.0.0/8 or fd00::/8"),
        ("010.0.0.0/8", "'010.0.0.0/8' is not an address; write 127.0.0.1, 10.0.0.0/8 or fd00::/8"),
        ("[::1]", "'[::1]' is not an address; write 127.0.0.1, 10.0.0.0/8 or fd00::/8"),
        ("10.0.0.0/33", "'10.0.0.0/33' should end with a number from 0 to 32 after its slash"),
        ("10.0.0.0/", "'10.0.0.0/' should end with a number from 0 to 32 after its slash"),
        ("10.0.0.0/08", "'10.0.0.0/08' should end with a number from 0 to 32 after its slash"),
        ("10.0.0.0/-1", "'10.0.0.0/-1' should end with a number from 0 to 32 after its slash"),
        ("10.0.0.0/8/8", "'10.0.0.0/8/8' should end with a number from 0 to 32 after its slash"),
        ("fd00::/129", "'fd00::/129' should end with a number from 0 to 128 after its slash"),
        ("10.0.0.1/8", "'10.0.0.1/8' has bits set beyond its length; write 10.0.0.0/8, or the address alone"),
        ("fd00::1/8", "'fd00::1/8' has bits set beyond its length; write fd00::/8, or the address alone"),
    ]) func `what is no range is refused with what to write instead`(text: String, message: String) {
        let problem = #expect(throws: AddressRange.Problem.self) { try AddressRange(text) }
        #expect(problem?.description == message)
    }

    @Test(arguments: [
        ("0.0.0.0/0", true), ("::/0", true), ("::ffff:0.0.0.0/96", true), ("0.0.0.0/1", false), ("::/1", false),
        ("0.0.0.0", false), ("::", false), ("::/96", false),
    ]) func `a range of everything is known as such`(range: String, isEverything: Bool) throws {
        #expect(try AddressRange(range).isEverything == isEverything)
    }

    @Test(arguments: [
        ("192.0.2.1", "192.0.2.1"), ("::ffff:192.0.2.1", "192.0.2.1"), ("2001:DB8:0:0::1", "2001:db8::1"),
        ("::1", "::1"), ("::", "::"),
    ]) func `an address has one form`(text: String, form: String) {
        #expect(ClientAddress(text)?.description == form)
    }

    @Test(arguments: [
        "", "1.2.3", "1.2.3.4:80", "[::1]", "fe80::1%eth0", "::1\0", "localhost", "01.2.3.4", "1.2.3.256",
    ])
    func `nothing else is an address`(text: String) {
        #expect(ClientAddress(text) == nil)
    }
}
