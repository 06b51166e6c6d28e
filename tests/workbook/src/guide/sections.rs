//! The sections of a page.

/// A section of a page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Section {
    /// What follows the `#` in a link to it.
    pub anchor: String,
    /// Its heading, without marks such as backticks.
    pub title: String,
}

/// The sections of a page in Markdown, as mdBook finds them. A test of the guide's pages compares
/// the two.
pub fn sections(markdown: &str) -> Vec<Section> {
    let mut sections: Vec<Section> = Vec::new();
    let mut fence: Option<&str> = None;
    for line in markdown.lines() {
        let text = line.trim_start();
        let ticks = &text[..text.len() - text.trim_start_matches('`').len()];
        match fence {
            Some(open) if text.trim_end() == ticks && ticks.len() >= open.len() => fence = None,
            None if ticks.len() >= 3 => fence = Some(ticks),
            _ => {}
        }
        let Some(heading) = heading(line).filter(|_| fence.is_none()) else { continue };
        let (text, anchor) = match heading.strip_suffix('}').and_then(|it| it.rsplit_once("{#")) {
            Some((text, anchor)) => (text.trim(), Some(anchor.to_owned())),
            None => (heading, None),
        };
        let title = plain(text);
        let anchor = anchor.unwrap_or_else(|| {
            let anchor = anchor_of(&title);
            // A second heading of the same words is told from the first by a number.
            let taken = |anchor: &str| sections.iter().any(|section| section.anchor == anchor);
            let numbered = (1..).map(|number| format!("{anchor}-{number}"));
            let mut free = std::iter::once(anchor.clone()).chain(numbered);
            free.find(|anchor| !taken(anchor)).unwrap_or(anchor)
        });
        sections.push(Section { anchor, title });
    }
    sections
}

/// The text of a line `## Text`.
fn heading(line: &str) -> Option<&str> {
    let text = line.trim_start_matches('#');
    let level = line.len() - text.len();
    ((1..=6).contains(&level) && text.starts_with(' ')).then(|| text.trim())
}

/// Markdown's text without what marks code and emphasis, and with the texts of links.
fn plain(text: &str) -> String {
    let mut plain = String::new();
    let mut in_code = false;
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        rest = &rest[c.len_utf8()..];
        match c {
            '`' => in_code = !in_code,
            '*' | '[' if !in_code => {}
            ']' if !in_code => {
                if let Some((_, after)) = rest.strip_prefix('(').and_then(|it| it.split_once(')')) {
                    rest = after;
                }
            }
            _ => plain.push(c),
        }
    }
    plain
}

fn anchor_of(title: &str) -> String {
    let kept = title.chars().filter_map(|c| match c {
        ' ' => Some('-'),
        '-' | '_' => Some(c),
        c if c.is_alphanumeric() => Some(c.to_ascii_lowercase()),
        _ => None,
    });
    kept.collect()
}
