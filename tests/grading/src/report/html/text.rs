//! Texts that others have written, such as names, messages and code: whatever is in them, a page
//! shows it as text.

use std::ops::Range;

use maud::{Markup, PreEscaped, Render, html};

use crate::report::message::without_colours;

/// A text in which parts are hidden when no names are to be shown.
pub(super) struct Text<'a> {
    text: &'a str,
    /// The parts, in order. They do not overlap.
    private: Vec<Range<usize>>,
}

impl<'a> Text<'a> {
    pub(super) fn new(text: &'a str, private: Vec<Range<usize>>) -> Self {
        Self { text, private }
    }
}

impl Render for Text<'_> {
    fn render_to(&self, out: &mut String) {
        let mut done = 0;
        for Range { start, end } in &self.private {
            escape(&self.text[done..*start], out);
            out.push_str("<span class=\"named\">");
            escape(&self.text[*start..*end], out);
            out.push_str("</span><span class=\"label\">•••</span>");
            done = *end;
        }
        escape(&self.text[done..], out);
    }
}

/// A sentence in which code is between backticks.
pub(super) fn prose(text: &str, show: impl Fn(&str) -> Markup) -> Markup {
    let parts: Vec<&str> = text.split('`').collect();
    // The last backtick of an odd number opens nothing.
    let closed = parts.len() - (parts.len() + 1) % 2;
    html! {
        @for (at, part) in parts.iter().enumerate() {
            @if at % 2 == 1 && at < closed { code { (show(part)) } }
            @else {
                @if at > closed || (at == closed && at % 2 == 1) { "`" }
                (show(part))
            }
        }
    }
}

/// A text as it is, for what is not in the page's own words and has no names in it.
pub(crate) fn plain(text: &str) -> Markup {
    let mut out = String::new();
    escape(text, &mut out);
    PreEscaped(out)
}

/// Writes a text without the colours of a terminal. What would be invisible or change the order of
/// the letters around it is written as its number.
fn escape(text: &str, out: &mut String) {
    for c in without_colours(text).chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            '\r' => {}
            _ if is_unseen(c) => {
                out.push_str(&format!("<span class=\"unseen\">U+{:04X}</span>", u32::from(c)));
            }
            _ => out.push(c),
        }
    }
}

/// Whether a character is not seen, or is only seen by what it does to others.
fn is_unseen(c: char) -> bool {
    let control = c.is_control() && !matches!(c, '\n' | '\t');
    let other = matches!(
        c,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
            | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{feff}' | '\u{ffa0}'
            | '\u{fff0}'..='\u{fffb}' | '\u{e0000}'..='\u{e0fff}'
    );
    control || other
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_of_html_are_text() {
        let shown = plain("<script>'\"&</script>").into_string();
        assert_eq!(shown, "&lt;script&gt;&#39;&quot;&amp;&lt;/script&gt;");
    }

    #[test]
    fn what_is_not_seen_is_shown_by_its_number() {
        let shown = plain("a\u{202e}b\u{0}\u{2028}\x1b]\r\n\tc").into_string();
        let number = |it: &str| format!("<span class=\"unseen\">U+{it}</span>");
        let [over, zero, line, escape] = ["202E", "0000", "2028", "001B"].map(number);
        assert_eq!(shown, format!("a{over}b{zero}{line}{escape}]\n\tc"));
    }

    #[test]
    fn code_is_between_two_backticks() {
        let shown = |text| prose(text, plain).into_string();
        assert_eq!(shown("`a` and `b`"), "<code>a</code> and <code>b</code>");
        assert_eq!(shown("`a` and ` b"), "<code>a</code> and ` b");
        assert_eq!(shown("no code"), "no code");
        assert_eq!(shown("`<b>`"), "<code>&lt;b&gt;</code>");
    }

    #[test]
    fn names_in_a_text_can_be_hidden() {
        let name = std::iter::once(4..7).collect();
        let shown = Text::new("by <Ada>!", name).render().into_string();
        let name = "<span class=\"named\">Ada</span><span class=\"label\">•••</span>";
        assert_eq!(shown, format!("by &lt;{name}&gt;!"));
    }
}
