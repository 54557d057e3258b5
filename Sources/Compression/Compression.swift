internal import CCompression

/// Content codings of files that are written once and sent often. All of the work is zlib's and brotli's.
///
/// The result depends on the input and on the version of the library alone: there is no time and no name in it.
public enum Compression {
    /// The coding `gzip` (RFC 1952); nil when zlib has no memory.
    public static func gzip(_ bytes: [UInt8]) -> [UInt8]? {
        guard let length = UInt32(exactly: bytes.count) else { return nil }
        var stream = z_stream()
        // 15 bits of window, and 16 more for the header and trailer of gzip.
        let code = deflateInit2_(
            &stream, gzipLevel, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY, ZLIB_VERSION,
            Int32(MemoryLayout<z_stream>.size))
        guard code == Z_OK else { return nil }
        defer { deflateEnd(&stream) }
        var input = bytes
        var output = [UInt8](repeating: 0, count: Int(deflateBound(&stream, uLong(length))))
        let isDone = input.withUnsafeMutableBufferPointer { source in
            output.withUnsafeMutableBufferPointer { target in
                stream.next_in = source.baseAddress
                stream.avail_in = length
                stream.next_out = target.baseAddress
                stream.avail_out = UInt32(clamping: target.count)
                return deflate(&stream, Z_FINISH) == Z_STREAM_END
            }
        }
        return isDone ? Array(output.prefix(Int(stream.total_out))) : nil
    }

    /// The coding `br` (RFC 7932) of text; nil when brotli has no memory.
    public static func brotli(_ bytes: [UInt8]) -> [UInt8]? {
        var count = BrotliEncoderMaxCompressedSize(bytes.count)
        var output = [UInt8](repeating: 0, count: count)
        let code = BrotliEncoderCompress(
            brotliQuality, window(bytes.count), BROTLI_MODE_TEXT, bytes.count, bytes, &count, &output)
        return code == BROTLI_TRUE ? Array(output.prefix(count)) : nil
    }

    /// The smallest window that holds the content: brotli's tables grow with it, and filling them takes longer than the
    /// work on a small file.
    private static func window(_ count: Int) -> Int32 {
        (BROTLI_MIN_WINDOW_BITS...BROTLI_DEFAULT_WINDOW).first { count < 1 << $0 - 16 } ?? BROTLI_DEFAULT_WINDOW
    }

    /// Of 0 to 11. Beyond 6 pages become hardly smaller, but for the last two levels: these take a hundred times as
    /// long, which every build would wait for.
    private static let brotliQuality: Int32 = 6
    /// Of 0 to 9.
    private static let gzipLevel: Int32 = 6
}
