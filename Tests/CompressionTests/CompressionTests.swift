import CCompression
import Testing

@testable import Compression

@Suite struct CompressionTests {
    static let contents: [[UInt8]] = [
        [], [0], Array("<p>hello</p>".utf8),
        Array(String(repeating: "<p class=\"card\">a provider</p>\n", count: 3000).utf8),
        (0..<100_000).map { UInt8(truncatingIfNeeded: $0 &* $0 &>> 3) },
    ]

    @Test(arguments: contents)
    func `what gzip makes is the content again`(_ content: [UInt8]) throws {
        let coded = try #require(Compression.gzip(content))
        #expect(coded.starts(with: [0x1F, 0x8B, 8, 0, 0, 0, 0, 0]), "no name and no time")
        var stream = z_stream()
        #expect(inflateInit2_(&stream, 15 + 16, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) == Z_OK)
        defer { inflateEnd(&stream) }
        var (input, output) = (coded, [UInt8](repeating: 0, count: content.count + 1))
        input.withUnsafeMutableBufferPointer { source in
            output.withUnsafeMutableBufferPointer { target in
                stream.next_in = source.baseAddress
                stream.avail_in = UInt32(source.count)
                stream.next_out = target.baseAddress
                stream.avail_out = UInt32(target.count)
                #expect(inflate(&stream, Z_FINISH) == Z_STREAM_END)
            }
        }
        #expect(Array(output.prefix(Int(stream.total_out))) == content)
    }

    @Test(arguments: contents)
    func `what brotli makes is the content again`(_ content: [UInt8]) throws {
        let coded = try #require(Compression.brotli(content))
        var output = [UInt8](repeating: 0, count: content.count + 1)
        var count = output.count
        #expect(BrotliDecoderDecompress(coded.count, coded, &count, &output) == BROTLI_DECODER_RESULT_SUCCESS)
        #expect(Array(output.prefix(count)) == content)
    }

    @Test func `text becomes much smaller, and the same again and again`() throws {
        let text = Self.contents[3]
        let (gzip, brotli) = (try #require(Compression.gzip(text)), try #require(Compression.brotli(text)))
        #expect(gzip.count < text.count / 10 && brotli.count < gzip.count)
        #expect(Compression.gzip(text) == gzip && Compression.brotli(text) == brotli)
    }
}
