import Testing

@testable import HTTP

@Suite struct AcceptedCodingsTests {
    /// The lines of the field, and what is sent when everything is there; nil: nothing is acceptable.
    static let rows: [([String], ContentCoding?)] = [
        (["gzip"], .gzip), (["br"], .brotli), (["gzip, deflate, br, zstd"], .brotli), (["x-gzip"], .gzip),
        (["GZIP"], .gzip), (["Br"], .brotli), (["gzip", "br"], .brotli), (["deflate"], .identity), ([""], .identity),
        (["identity"], .identity), (["*"], .brotli), (["gzip;q=1.0, br;q=0.5"], .gzip),
        (["gzip;q=0.5, br;q=0.5"], .brotli), (["gzip;q=0.501,br;q=0.5"], .gzip), (["br;q=0, gzip"], .gzip),
        (["br;q=0"], .identity), (["gzip;q=0, br;q=0.000"], .identity), (["*;q=0.5, br;q=0"], .gzip),
        (["identity, gzip;q=0.5"], .identity), (["identity;q=0.5, gzip"], .gzip), (["identity, gzip"], .gzip),
        (["gzip ; q=0.3 , br; Q=0.2"], .gzip), (["gzip;\tq=0.3"], .gzip), (["*;q=0, gzip"], .gzip),
        (["*;q=0, identity"], .identity), (["identity;q=0, gzip"], .gzip), (["gzip;q=0.001"], .gzip),
        (["identity;q=0"], nil), (["*;q=0"], nil), (["identity;q=0, deflate"], nil), (["gzip;q=0, *;q=0"], nil),
        // What is malformed is not there.
        (["gzip;q=2"], .identity), (["gzip;q=-1"], .identity), (["gzip;q=1.001"], .identity),
        (["gzip;q=0.1234"], .identity), (["gzip;q="], .identity), (["gzip;q"], .identity), (["gzip;"], .identity),
        (["gzip;x=1"], .identity), (["gzip q=1"], .identity), (["gzipx"], .identity), (["gzi"], .identity),
        (["br gzip"], .identity), (["gzip;q=0.5;q=1"], .identity), (["gzip;q=.5"], .identity), ([",,gzip,,"], .gzip),
        (["gzip;q=1."], .gzip), (["gzip;q=0."], .identity), (["b\"r"], .identity),
    ]

    private func accepted(_ lines: [String]) -> AcceptedCodings {
        var accepted = AcceptedCodings()
        for line in lines {
            let bytes = Array(line.utf8)
            accepted.add(bytes.span, Piece(0, bytes.count))
        }
        return accepted
    }

    @Test(arguments: rows)
    func `the coding that is liked best is chosen`(_ lines: [String], _ expected: ContentCoding?) {
        #expect(accepted(lines).choice(hasBrotli: true, hasGzip: true) == expected)
    }

    @Test func `what is not there is not chosen`() {
        #expect(accepted(["br, gzip;q=0.1"]).choice(hasBrotli: false, hasGzip: true) == .gzip)
        #expect(accepted(["br, gzip;q=0.1"]).choice(hasBrotli: true, hasGzip: false) == .brotli)
        #expect(accepted(["br, gzip, *"]).choice(hasBrotli: false, hasGzip: false) == .identity)
        #expect(accepted(["br, identity;q=0"]).choice(hasBrotli: false, hasGzip: true) == nil)
    }
}
