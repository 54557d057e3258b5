import Files
import Glibc
import Testing

@testable import Site

@Suite struct OutputTests {
    private let page = ["Templates/pages/hello.html.mustache": "<p>{{site.version}}</p>\n"]

    @Test func `a build fills an absent folder and marks it`() throws {
        let folder = try TemporaryFolder()
        try folder.write(page)
        let outcome = try folder.builder().build()
        #expect(outcome.isChanged)
        #expect(try folder.read("Output/hello.html") == "<p>1.0</p>\n")
        #expect(try folder.names(in: "Output").contains(".latchkey-site.json"))
        #expect(try folder.names() == ["Output", "Templates"])
    }

    @Test func `two builds of the same site in different places are the same to the byte`() throws {
        let one = try TemporaryFolder()
        let other = try TemporaryFolder()
        for folder in [one, other] {
            try folder.write(page)
            _ = try folder.builder().build()
        }
        #expect(try one.read("Output/.latchkey-site.json") == other.read("Output/.latchkey-site.json"))
        #expect(try one.names(in: "Output") == other.names(in: "Output"))
    }

    @Test func `a build that changes nothing leaves the folder alone`() throws {
        let folder = try TemporaryFolder()
        try folder.write(page)
        _ = try folder.builder().build()
        let before = Files.stamp(of: folder.path + "/Output/hello.html")?.modified
        #expect(try !folder.builder().build().isChanged)
        #expect(Files.stamp(of: folder.path + "/Output/hello.html")?.modified == before)
    }

    @Test func `text that becomes smaller lies beside itself in both codings`() throws {
        let folder = try TemporaryFolder()
        let long = String(repeating: "latchkey ", count: 100)
        try folder.write([
            "Static/long.txt": long, "Static/short.txt": "latchkey", "Static/long.png": long, "Static/own.txt": long,
            "Static/own.txt.br": "mine",
        ])
        let site = try folder.builder().build().site
        let names = try folder.names(in: "Output").filter { $0.hasPrefix("long") || $0.hasPrefix("short") }
        #expect(names == ["long.png", "long.txt", "long.txt.br", "long.txt.gz", "short.txt"])
        let file = try #require(site.files.first { $0.path == "long.txt" })
        #expect(try Files.read(folder.path + "/Output/long.txt.br") == file.brotli)
        #expect(try Files.read(folder.path + "/Output/long.txt.gz") == file.gzip)
        let own = try #require(site.files.first { $0.path == "own.txt" })
        #expect(own.brotli == nil && own.gzip != nil)
        #expect(try folder.read("Output/own.txt.br") == "mine")
    }

    @Test func `the time of a site is the one at which it changed`() throws {
        let folder = try TemporaryFolder()
        try folder.write(page)
        let first = try folder.builder().build()
        let stamp = Files.stamp(of: folder.path + "/Output/.latchkey-site.json")
        #expect(first.modified == stamp.map { Int64($0.modified / 1_000_000_000) })
        #expect(try folder.builder().build().modified == first.modified)
        #expect(try folder.builder().buildIfNeeded().modified == first.modified)
    }

    @Test func `a build removes the pages that are no longer there`() throws {
        let folder = try TemporaryFolder()
        try folder.write(page)
        _ = try folder.builder().build()
        try Files.remove(folder.path + "/Templates")
        try folder.write(["Templates/pages/other.html.mustache": "x"])
        #expect(try folder.builder().build().isChanged)
        let names = try folder.names(in: "Output")
        #expect(names.contains("other.html") && !names.contains("hello.html"))
    }

    @Test func `a build with problems leaves the old site as it was`() throws {
        let folder = try TemporaryFolder()
        try folder.write(page)
        _ = try folder.builder().build()
        try folder.write(["Templates/pages/hello.html.mustache": "{{x"])
        #expect(throws: BuildError.self) { try folder.builder().build() }
        #expect(try folder.read("Output/hello.html") == "<p>1.0</p>\n")
    }

    @Test func `an empty folder is filled, and a broken site of ours replaced`() throws {
        let folder = try TemporaryFolder()
        try folder.write(page)
        try Files.makeFolder(folder.path + "/Output")
        #expect(try folder.builder().build().isChanged)
        try folder.write(["Output/hello.html": "changed by hand"])
        #expect(try folder.builder().build().isChanged)
        #expect(try folder.read("Output/hello.html") == "<p>1.0</p>\n")
    }

    @Test func `what killed builds left is removed, what a running one prepares is not`() throws {
        let folder = try TemporaryFolder()
        try folder.write(page)
        // No process has the number 2^22 + 1: it is above the kernel's largest. Number 1 always runs.
        try folder.write([
            ".Output.latchkey-4194305/half.html": "", ".Output.latchkey-\(getpid())/half.html": "",
            ".Output.latchkey-4194305-aB-3/half.html": "", ".Output.latchkey-\(getpid())-_x/half.html": "",
            ".Output.latchkey-1/half.html": "", ".Output.latchkey-1-aB3/half.html": "", ".Output.latchkey-notes": "",
            ".Output.latchkey-4194306": "no folder", "Output2/x": "",
        ])
        _ = try folder.builder().build()
        #expect(
            try folder.names() == [
                ".Output.latchkey-1", ".Output.latchkey-1-aB3", ".Output.latchkey-4194306", ".Output.latchkey-notes",
                "Output", "Output2", "Templates",
            ])
    }

    @Test func `a link with the name of what a build prepares is neither followed nor taken`() throws {
        let folder = try TemporaryFolder()
        try folder.write(page)
        try folder.write(["thesis/text": "years of work"])
        let links = [".Output.latchkey-4194305", ".Output.latchkey-\(getpid())", ".Output.latchkey-\(getpid())-x"]
        for link in links { #expect(symlink(folder.path + "/thesis", "\(folder.path)/\(link)") == 0) }
        #expect(try folder.builder().build().isChanged)
        #expect(try folder.names() == (links + ["Output", "Templates", "thesis"]).sorted())
        #expect(try folder.names(in: "thesis") == ["text"])
        #expect(try folder.read("Output/hello.html") == "<p>1.0</p>\n")
    }

    @Test func `what a build prepares is never put where something is already`() throws {
        let folder = try TemporaryFolder()
        try folder.write(["made-folder/x": "", "made-file": ""])
        #expect(symlink(folder.path + "/made-folder", folder.path + "/made-link") == 0)
        for name in ["made-folder", "made-file", "made-link"] {
            let path = "\(folder.path)/\(name)"
            #expect(throws: FileError("make the folder", path, code: EEXIST)) { try OutputFolder.makeNewFolder(path) }
        }
        try OutputFolder.makeNewFolder(folder.path + "/fresh")
        #expect(try folder.names(in: "fresh") == [])
    }

    @Test func `builds at the same time do not disturb each other`() async throws {
        let folder = try TemporaryFolder()
        try folder.write(page)
        let path = folder.path
        await withTaskGroup(of: Bool.self) { group in
            for version in 0..<20 {
                group.addTask {
                    let options = SiteOptions(version: "\(version % 4)")
                    let builder = try? SiteBuilder(site: SiteFolder(path), output: path + "/Output", options: options)
                    return (try? builder?.build()) != nil
                }
            }
            for await isBuilt in group { #expect(isBuilt) }
        }
        let text = try folder.read("Output/hello.html")
        #expect((0..<4).map { "<p>\($0)</p>\n" }.contains(text))
        #expect(try folder.names() == ["Output", "Templates"])
    }
}

@Suite struct RefusalTests {
    private func message(output: String, site: String, home: String?) -> String {
        do {
            return try OutputFolder(output, of: SiteFolder(site), home: home).path
        } catch {
            return error.description
        }
    }

    @Test func `folders that hold more than the output are refused`() throws {
        let folder = try TemporaryFolder()
        let site = folder.path + "/home/me/site"
        try folder.write(["home/me/site/Templates/a.mustache": ""])
        let advice = "choose a folder for the output alone, such as '\(site)/Output'"
        func refusal(_ output: String) -> String { message(output: output, site: site, home: folder.path + "/home/me") }
        func holdsHome(_ path: String) -> String {
            "'\(path)' cannot be the output folder, because it holds your home folder: \(advice)"
        }

        #expect(refusal("/") == "'/' cannot be the output folder: \(advice)")
        #expect(refusal("/../") == "'/' cannot be the output folder: \(advice)")
        #expect(refusal(folder.path + "/home/me") == holdsHome(folder.path + "/home/me"))
        #expect(refusal(folder.path + "/home") == holdsHome(folder.path + "/home"))
        #expect(
            message(output: site, site: site, home: nil)
                == "'\(site)' cannot be the output folder, because it holds the site's files: \(advice)")
        #expect(
            message(output: site + "/../../me", site: site, home: nil)
                == "'\(folder.path)/home/me' cannot be the output folder, because it holds the site's files: \(advice)")
        #expect(
            refusal(site + "/Templates/out")
                == "'\(site)/Templates/out' cannot be the output folder, because the site is built from Templates: "
                + advice)
        #expect(refusal(site + "/Output") == site + "/Output")
        #expect(refusal(folder.path + "/home/me/site2") == folder.path + "/home/me/site2")
    }

    @Test func `a symbolic link to such a folder is refused, too`() throws {
        let folder = try TemporaryFolder()
        let site = folder.path + "/site"
        try folder.write(["site/Templates/a.mustache": ""])
        #expect(symlink(site, folder.path + "/link") == 0)
        #expect(
            message(output: folder.path + "/link", site: site, home: nil)
                == "'\(site)' cannot be the output folder, because it holds the site's files: "
                + "choose a folder for the output alone, such as '\(site)/Output'")
    }

    private func buildMessage(_ folder: TemporaryFolder) -> String {
        do {
            return "built \(try folder.builder().build().isChanged)"
        } catch {
            return "\(error)"
        }
    }

    @Test func `a folder that no build made is refused`() throws {
        let folder = try TemporaryFolder()
        try folder.write(["Output/thesis.txt": "years of work"])
        let output = folder.path + "/Output"
        let sentence =
            "'\(output)' is not empty, and no build made it (there is no .latchkey-site.json): "
            + "choose another output folder, or empty this one"
        #expect(buildMessage(folder) == sentence)
        try folder.write(["Output/.latchkey-site.json": "{}"])
        #expect(buildMessage(folder) == sentence)
        #expect(try folder.read("Output/thesis.txt") == "years of work")
    }

    @Test func `a file of another origin in a built site is not lost`() throws {
        let folder = try TemporaryFolder()
        _ = try folder.builder().build()
        try folder.write(["Output/.git/config": ""])
        #expect(
            buildMessage(folder)
                == "'\(folder.path)/Output/.git/config' was not made by a build and would be lost: "
                + "move it to Static/, which is copied into the output, or delete it")
        #expect(try folder.names(in: "Output").contains(".git"))
    }

    @Test func `a file in the place of the folder is refused`() throws {
        let folder = try TemporaryFolder()
        try folder.write(["Output": "x"])
        #expect(buildMessage(folder) == "'\(folder.path)/Output' is not a folder: choose another output folder")
    }
}
