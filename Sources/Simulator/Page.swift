internal import HTTP

/// The pages where a person approves or denies: plain HTML without a script, and the same for each provider.
enum Page {
    /// The whole page around some content.
    static func whole(_ title: String, provider: SimulatedProvider?, _ content: HTML) -> HTML {
        let name = provider.map { "Simulated \($0.label)" } ?? "Simulated providers"
        return """
            <!doctype html>
            <html lang="en">
            <head>
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <meta name="color-scheme" content="light dark">
            <title>\(title) · \(name)</title>
            <link rel="icon" href="data:,">
            <link rel="stylesheet" href="\(Stylesheet.path)">
            </head>
            <body class="\(provider?.rawValue ?? "all")">
            <header>
            <strong>\(name)</strong>
            <p>This is a demonstration. Nothing here leaves this machine, and no account is real.</p>
            </header>
            <main>
            <h1>\(title)</h1>
            \(content)
            </main>
            </body>
            </html>

            """
    }

    /// A page that only says something.
    static func message(
        _ status: Int, _ title: String, _ text: String, provider: SimulatedProvider?
    ) -> Response {
        .page(status, whole(title, provider: provider, "<p id=\"message\" role=\"status\">\(text)</p>"))
    }

    /// The two buttons and the name of the account, in a form that posts to its own address.
    static func form(_ fields: HTML, account: String, action: String? = nil) -> HTML {
        let target: HTML = action.map { " action=\"\($0)\"" } ?? ""
        return """
            <form method="post"\(target)>
            \(fields)
            <label for="account">Account</label>
            <input id="account" name="account" value="\(account)" maxlength="64" autocomplete="off">
            <div class="buttons">
            <button id="approve" name="decision" value="approve">Approve</button>
            <button id="deny" name="decision" value="deny" class="quiet">Deny</button>
            </div>
            </form>
            """
    }

    /// The account that the person approves with.
    static func account(_ call: Call, _ state: ProviderState) -> String {
        let typed = (call.form("account") ?? "").filter { !$0.isNewline }.prefix(64)
        return typed.isEmpty ? state.behaviour.account : String(typed)
    }
}

/// The style of the pages.
enum Stylesheet {
    static let path = "/style.css"

    static let css = """
        :root { color-scheme: light dark; --accent: #5b5bd6; --ink: #1b1b1f; --paper: #fff; --soft: #f3f3f6; --line: #8a8a94 }
        .trakt { --accent: #9f42c6 } .plex { --accent: #8a6100 } .simkl { --accent: #00708f } .tmdb { --accent: #0a7a9c }
        @media (prefers-color-scheme: dark) {
          :root { --ink: #ececf1; --paper: #17171b; --soft: #222228; --line: #7d7d88 }
        }
        * { box-sizing: border-box }
        body { margin: 0; font: 1rem/1.5 system-ui, sans-serif; color: var(--ink); background: var(--paper) }
        header { padding: 1rem; background: var(--soft); border-top: .4rem solid var(--accent) }
        header p { margin: .2rem 0 0 }
        main { max-width: 32rem; margin: 0 auto; padding: 1.5rem 1rem 3rem; overflow-wrap: anywhere }
        h1 { font-size: 1.5rem; line-height: 1.25; margin: 0 0 1rem }
        h2 { font-size: 1.1rem; margin: 2rem 0 .5rem }
        label { display: block; margin-top: 1rem; font-weight: 600 }
        input { width: 100%; padding: .6rem .7rem; font: inherit; color: inherit; background: var(--paper);
          border: 1px solid var(--line); border-radius: .5rem }
        #user_code, code { font-family: ui-monospace, monospace; letter-spacing: .08em }
        #user_code { font-size: 1.5rem; text-align: center }
        .buttons { display: flex; flex-wrap: wrap; gap: .75rem; margin-top: 1.25rem }
        button { flex: 1 1 8rem; min-height: 2.75rem; font: inherit; font-weight: 600; color: #fff;
          background: var(--accent); border: 1px solid var(--accent); border-radius: .5rem; cursor: pointer }
        button.quiet { color: inherit; background: transparent; border-color: var(--line) }
        :focus-visible { outline: 3px solid var(--accent); outline-offset: 2px }
        .problem { padding: .6rem .8rem; border-left: .3rem solid #c62828; background: var(--soft) }
        .waiting { padding: 1rem; margin: .5rem 0; border: 1px solid var(--line); border-radius: .75rem }
        .waiting code { font-size: 1.25rem }

        """

    static var response: Response {
        Response(status: 200, headers: ["Content-Type": "text/css; charset=utf-8"], body: .bytes(Array(css.utf8)))
    }
}
