import Testing

@testable import Site

/// What a browser would not do is said when the site is built.
@Suite struct PolicyTests {
    private func problems(_ text: String, path: String = "Templates/pages/index.html.mustache") -> [String] {
        PolicyCheck.problems(of: SourceFile(path: path, bytes: Array(text.utf8))).map {
            "\($0.line):\($0.column) \($0.message.prefix { $0 != ":" }); \($0.help ?? "")"
        }
    }

    @Test(arguments: [
        (
            "<p>\n <SCRIPT>x()</script>",
            "2:2 an inline script does not run; put it into a file in Static/, and name that with src"
        ),
        (
            "<script type=module>x</script>",
            "1:1 an inline script does not run; put it into a file in Static/, and name that with src"
        ),
        (
            "<style>p { color: red }</style>",
            "1:1 an inline style sheet does not count; put it into a file in Static/, and link it"
        ),
        ("<p class=a style='color: red'>", "1:12 a style attribute does not count; use a class, and a file in Static/"),
        (
            "<button {{#busy}}disabled{{/busy}} onClick=\"go()\">",
            "1:36 'onclick' does not run; use addEventListener in a file in Static/, or a data-action"
        ),
        (
            "<script src=https://cdn.example/x.js></script>",
            "1:9 nothing is loaded from other sites; put the file into Static/, and name it by a relative address"
        ),
        (
            "<link rel='stylesheet' href=\"//cdn.example/x.css\">",
            "1:24 nothing is loaded from other sites; put the file into Static/, and name it by a relative address"
        ),
        (
            "<img alt='' src='http://x.example/{{name}}.png'>",
            "1:13 nothing is loaded from other sites; put the file into Static/, and name it by a relative address"
        ),
    ]) func `what the policy forbids is told with its place`(text: String, problem: String) {
        #expect(problems(text) == [problem])
        #expect(problems(text, path: "Templates/partials/card.mustache") == [problem])
        #expect(problems(text, path: "Static/page.html") == [problem])
        #expect(problems(text, path: "Static/page.txt") == [])
        #expect(problems(text, path: "Templates/pages/a.js.mustache") == [])
    }

    @Test(arguments: [
        "<script src=\"assets/a.js\"></script>", "<script type=\"application/json\">{\"onclick\": 1}</script>",
        "<!-- <script>x()</script> <p style=a> -->", "{{! <style> }}", "<a href=\"https://x.example\">x</a>",
        "<img src='data:image/png;base64,x'>", "<p title=\"<style>\">1 < 2 style=x</p>", "<p data-onclick=x on=1>",
        "<script src=a>if (a<b) x = '<p style=a>'</script>", "<", "<p", "<p a", "<p a=", "<p a='", "<p {{", "<!--",
        "{{!",
    ]) func `what works is not spoken of, and half a page is no trap`(text: String) {
        #expect(problems(text) == [])
    }

    @Test func `the build of a page that would not work fails, and says where`() throws {
        let folder = try TemporaryFolder()
        try folder.write(["Templates/partials/docs.mustache": "<p>\n  <b onclick=\"x()\">x</b>\n"])
        do {
            _ = try folder.builder().build()
            Issue.record("it was built")
        } catch {
            #expect(
                "\(error)" == """
                    Templates/partials/docs.mustache:2:6: error: 'onclick' does not run: the content security policy forbids it
                    2 |   <b onclick="x()">x</b>
                      |      ^^^^^^^
                    help: use addEventListener in a file in Static/, or a data-action
                    """)
        }
    }
}
