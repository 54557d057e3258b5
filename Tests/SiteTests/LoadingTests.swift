import Files
import Testing

@testable import Site

@Suite struct LoadingTests {
    private func built(_ files: [String: String] = [:]) throws -> TemporaryFolder {
        let folder = try TemporaryFolder()
        try folder.write(files)
        _ = try folder.builder().build()
        return folder
    }

    private func message(loading path: String) -> String {
        do {
            return "\(try RenderedSite(loading: path).files.count) files"
        } catch {
            return error.description
        }
    }

    @Test func `a loaded site is the one that was built`() throws {
        let folder = try TemporaryFolder()
        try folder.write(["Static/a.txt": "a"])
        let site = try folder.builder().build().site
        #expect(try RenderedSite(loading: folder.path + "/Output") == site)
    }

    @Test(arguments: [
        ("index.html", ["/index.html", "/"], "text/html; charset=utf-8"),
        (
            "api/auth/providers/index.json",
            ["/api/auth/providers/index.json", "/api/auth/providers/", "/api/auth/providers"],
            "application/json"
        ),
        ("assets/a.CSS", ["/assets/a.CSS"], "text/css; charset=utf-8"),
        ("my-index.html", ["/my-index.html"], "text/html; charset=utf-8"),
        ("x.tar", ["/x.tar"], "application/octet-stream"), ("LICENSE", ["/LICENSE"], "application/octet-stream"),
        ("v1.2/README", ["/v1.2/README"], "application/octet-stream"),
    ])
    func `a file has its addresses and its type`(path: String, urls: [String], type: String) {
        let file = SiteFile(path: path, bytes: [])
        #expect(file.urls == urls)
        #expect(file.contentType == type)
        #expect(file.cacheControl == "no-cache")
    }

    @Test func `an etag is the quoted digest of the content`() {
        #expect(SiteFile(path: "a", bytes: []).etag == "\"47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU\"")
        #expect(SiteFile(path: "a", bytes: [1]).etag != SiteFile(path: "a", bytes: [2]).etag)
    }

    @Test func `a folder without a site says what to do`() throws {
        let folder = try TemporaryFolder()
        let output = folder.path + "/Output"
        #expect(message(loading: output) == "there is no built site in '\(output)': run 'latchkey build' first")
    }

    @Test func `a changed or missing file is noticed`() throws {
        let folder = try built(["Static/a.txt": "a"])
        let output = folder.path + "/Output"
        try folder.write(["Output/a.txt": "b"])
        #expect(
            message(loading: output) == "'\(output)/a.txt' was changed after the build: run 'latchkey build' again")
        try Files.remove(output + "/a.txt")
        #expect(
            message(loading: output) == "'\(output)/a.txt' is missing or cannot be read: run 'latchkey build' again")
    }

    @Test func `a changed or missing coding is noticed, and the next build makes it again`() throws {
        let folder = try built(["Static/a.txt": String(repeating: "a", count: 1000)])
        let output = folder.path + "/Output"
        let coding = try folder.read("Output/a.txt.gz")
        try folder.write(["Output/a.txt.gz": "b"])
        #expect(
            message(loading: output) == "'\(output)/a.txt.gz' was changed after the build: run 'latchkey build' again")
        try Files.remove(output + "/a.txt.gz")
        #expect(
            message(loading: output) == "'\(output)/a.txt.gz' is missing or cannot be read: run 'latchkey build' again")
        #expect(try folder.builder().buildIfNeeded().isChanged)
        #expect(try folder.read("Output/a.txt.gz") == coding)
    }

    @Test(arguments: ["../secret", "/etc/passwd"])
    func `a marker that names codings outside of the folder is no marker`(path: String) throws {
        let folder = try TemporaryFolder()
        let codings = #"[{"path":"\#(path)","digest":"\"x\""}]"#
        try folder.write([
            "Output/.latchkey-site.json":
                #"{"latchkey_site":1,"version":"1","source":"x","files":[{"path":"a","etag":"","codings":\#(codings)}]}"#
        ])
        #expect(SiteManifest(folder: folder.path + "/Output") == nil)
    }

    @Test(arguments: ["../secret", "/etc/passwd", "a/../../b", "a//b", "."])
    func `a marker that names files outside of the folder is no marker`(path: String) throws {
        let folder = try TemporaryFolder()
        try folder.write([
            "Output/.latchkey-site.json":
                #"{"latchkey_site":1,"version":"1","source":"x","files":[{"path":"\#(path)","etag":"\"x\""}]}"#
        ])
        #expect(SiteManifest(folder: folder.path + "/Output") == nil)
    }

    @Test func `a build is needed when the site, the version or the output changed`() throws {
        let folder = try TemporaryFolder()
        try folder.write(["Static/a.txt": "a"])
        #expect(try folder.builder().buildIfNeeded().isChanged)
        #expect(try !folder.builder().buildIfNeeded().isChanged)
        #expect(try folder.builder(version: "1.1").buildIfNeeded().isChanged)
        try folder.write(["Static/a.txt": "b"])
        #expect(try folder.builder().buildIfNeeded().isChanged)
        try Files.remove(folder.path + "/Output/a.txt")
        #expect(try folder.builder().buildIfNeeded().isChanged)
    }
}
