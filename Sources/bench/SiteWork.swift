import Diagnostics
import Files
import Site

/// Rendering and building in this process, on one thread.
enum SiteWork {
    private static let options = SiteOptions(version: "0")

    static func measure(_ folder: String) throws {
        let sources = try SiteFolder(folder).read()
        let pages = try SitePages(sources, options: options)
        let page = try pages.render("index.html")
        Bench.report("page_bytes", Double(page.count))
        Bench.report("renders_per_second", 1 / (try renderSeconds(pages)))
        try measureBuild(folder)
    }

    /// Renders the page so many times, for a profiler.
    static func render(_ folder: String, count: Int) throws {
        let pages = try SitePages(try SiteFolder(folder).read(), options: options)
        for _ in 0..<count { _ = try pages.render("index.html") }
    }

    /// The median of short rounds: one is about a tenth of a second.
    private static func renderSeconds(_ pages: SitePages) throws -> Double {
        let count = 500
        var rounds: [Double] = []
        for _ in 0..<15 {
            let seconds = try Stopwatch.processorSeconds {
                for _ in 0..<count { _ = try pages.render("index.html") }
            }
            rounds.append(seconds / Double(count))
        }
        return rounds.median
    }

    /// Reading, checking, rendering, and writing a new output folder.
    private static func measureBuild(_ folder: String) throws {
        let output = Files.join(folder, "Output")
        var rounds: [Double] = []
        var processor: [Double] = []
        for _ in 0..<15 {
            try Files.remove(output)
            let builder = try SiteBuilder(site: SiteFolder(folder), output: output, options: options)
            let start = Stopwatch.wall
            processor.append(try Stopwatch.processorSeconds { _ = try builder.build() })
            rounds.append(Stopwatch.wall - start)
        }
        Bench.report("build_ms", rounds.median * 1000)
        Bench.report("build_processor_ms", processor.median * 1000)
    }
}
