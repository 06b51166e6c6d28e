//! The page: the guide's script and styles, the levels, and nothing that has to be loaded.

use schedule::graph::Level;

/// The styles of the guide, after the colours that mdBook gives it there.
const STYLES: [&str; 3] = [
    include_str!("page.css"),
    include_str!("../../../guide/theme/interleave.css"),
    include_str!("../../../guide/theme/scheduler/scheduler.css"),
];

/// The scripts of the guide, in the order in which its book.toml lists them.
const SCRIPTS: [&str; 8] = [
    include_str!("../../../guide/theme/scheduler/dom.js"),
    include_str!("../../../guide/theme/scheduler/graph.js"),
    include_str!("../../../guide/theme/scheduler/game.js"),
    include_str!("../../../guide/theme/scheduler/storage.js"),
    include_str!("../../../guide/theme/scheduler/program-view.js"),
    include_str!("../../../guide/theme/scheduler/threads-view.js"),
    include_str!("../../../guide/theme/scheduler/objects-view.js"),
    include_str!("../../../guide/theme/scheduler/page.js"),
];

/// Takes the guide's theme for a dark page where somebody prefers that.
const THEME: &str = "const dark = matchMedia('(prefers-color-scheme: dark)');\
                     const theme = () => { document.documentElement.className = dark.matches ? 'navy js' : 'light js'; };\
                     dark.addEventListener('change', theme); theme();";

const KEYS_TO_PLAY: &str = "\
<p>Keys: <kbd>1</kbd> to <kbd>9</kbd> pick who runs next, <kbd>←</kbd> and <kbd>→</kbd> go back and forth,
<kbd>r</kbd> restarts, <kbd>s</kbd> shows an interleaving that fails, <kbd>h</kbd> gives a hint.</p>
<p>The steps here have one order that all threads agree on, so a mistake in memory orderings does not show. The
guide's page “Be the scheduler” says what else is left out.</p>";

const KEYS_TO_WATCH: &str = "\
<p>Keys: <kbd>←</kbd> and <kbd>→</kbd> go back and forth, <kbd>r</kbd> goes to the start, <kbd>s</kbd> plays.</p>";

/// The page that plays these levels.
pub fn page(title: &str, levels: &[Level]) -> String {
    let title = escaped(title);
    let styles = STYLES.join("\n");
    let keys = if levels.iter().all(|level| level.recorded) { KEYS_TO_WATCH } else { KEYS_TO_PLAY };
    let levels: Vec<String> = levels
        .iter()
        .map(|level| {
            let json = level.to_json();
            format!("<script type=\"application/json\" data-scheduler-level>\n{json}</script>")
        })
        .collect();
    let levels = levels.join("\n");
    let scripts: Vec<String> =
        SCRIPTS.iter().map(|script| format!("<script>\n{script}</script>")).collect();
    let scripts = scripts.join("\n");
    format!(
        r#"<!DOCTYPE html>
<html lang="en-GB">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>
{styles}</style>
<script>{THEME}</script>
</head>
<body>
<div class="content">
<main>
<h1>{title}</h1>
<div id="scheduler" data-play>
<p>This page needs JavaScript. Without it: <code>just play</code> with <code>--terminal</code>.</p>
</div>
<footer>
{keys}
</footer>
</main>
</div>
{levels}
{scripts}
</body>
</html>
"#
    )
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
