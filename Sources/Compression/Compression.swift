internal import CCompression

/// Content codings of files that are written once and sent often. All of the work is zlib's and brotli's.
///
/// The result depends on the input and on the version of the library alone: there is no time and no name in it.
public enum Compression {
    /// The coding `gzip` (RFC 1952), at zlib's best level; nil when zlib has no memory.
    public static func gzip(_ bytes: [UInt8]) -> [UInt8]? {
        guard let length = UInt32(exactly: bytes.count) else { return nil }
        var stream = z_stream()
        // 15 bits of window, and 16 more for the header and trailer of gzip.
        let code = deflateInit2_(
            &stream, Z_BEST_COMPRESSION, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY, ZLIB_VERSION,
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
            brotliQuality, BROTLI_DEFAULT_WINDOW, BROTLI_MODE_TEXT, bytes.count, bytes, &count, &output)
        return code == BROTLI_TRUE ? Array(output.prefix(count)) : nil
    }

    /// Of 0 to 11. The last two make pages a tenth smaller and take fifty times as long, which every build would wait
    /// for.
    private static let brotliQuality: Int32 = 9
}
