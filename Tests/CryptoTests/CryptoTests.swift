import Crypto
import Testing

@Suite struct CryptoTests {
    @Test func `the digest of abc is the one that FIPS 180 gives`() {
        #expect(
            Hex.encode(Crypto.sha256(Array("abc".utf8)))
                == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
    }

    @Test func `hexadecimal is read as it is written, and nothing else is`() {
        #expect(Hex.decode("00ff7f10") == [0, 255, 127, 16])
        #expect(Hex.decode(Hex.encode(0...255)) == Array(0...255))
        #expect(Hex.decode("") == [])
        for wrong in ["0", "0g", "FF", "0 1", "\u{FF10}0"] { #expect(Hex.decode(wrong) == nil) }
    }

    @Test func `a code challenge is the one of RFC 7636 appendix B`() {
        let verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
        #expect(Base64URL.encode(Crypto.sha256(verifier.utf8)) == "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM")
    }

    @Test(arguments: [
        ("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="), ("foobar", "Zm9vYmFy"),
    ])
    func `base64 gives the vectors of RFC 4648 section 10`(plain: String, encoded: String) {
        #expect(Base64.encode(plain.utf8) == encoded)
        #expect(Base64URL.encode(plain.utf8) == encoded.filter { $0 != "=" })
    }

    @Test func `random tokens have the promised length and do not repeat`() throws {
        let tokens = try (0..<100).map { _ in try Crypto.randomToken(bytes: 16) }
        #expect(tokens.allSatisfy { $0.utf8.count == 22 })
        #expect(Set(tokens).count == 100)
    }

    @Test func `a random UUID has version 4 and the RFC's variant`() throws {
        let uuid = Array(try Crypto.randomUUID())
        #expect(uuid.count == 36)
        #expect(uuid[14] == "4")
        #expect("89ab".contains(uuid[19]))
    }

    @Test func `comparison in constant time tells equal from different`() {
        #expect(Crypto.equalInConstantTime([1, 2, 3], [1, 2, 3]))
        #expect(!Crypto.equalInConstantTime([1, 2, 3], [1, 2, 4]))
        #expect(!Crypto.equalInConstantTime([1, 2, 3], [1, 2]))
    }
}
