internal import CCurl

/// libcurl, with the thirty libraries that it needs in turn: half of the time in which a process starts, and four MiB.
/// It is loaded with the first request, so that what sends none goes without them.
enum CurlLibrary {
    static let name = "libcurl.so.4"

    /// Loads it; false when it is not there or has not all that is needed.
    static let isLoaded = lk_curl_load(name) == 1
}
