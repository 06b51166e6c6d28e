//! Texts that an answer or a submission may have had a hand in, made safe to show.

use workbook::print;
use workbook::verdict::CheckResult;

/// The columns of an explanation. Wider drawings are hard to read in a browser.
const WIDTH: usize = 100;

/// A text without colours, and without the characters that could hide or reorder what is beside
/// them. Lines end with `\n`.
pub fn plain(text: &str) -> String {
    let text = anstream::adapter::strip_str(text).to_string().replace("\r\n", "\n");
    text.chars().filter(|&c| matches!(c, '\n' | '\t') || !is_invisible(c)).collect()
}

/// A text on one line.
pub fn line(text: &str) -> String {
    plain(text).split_whitespace().collect::<Vec<_>>().join(" ")
}

/// What a check says that does not pass: its message, and what shows the failure.
pub fn explanation(check: &CheckResult) -> String {
    let text = plain(&print::explanation(check, WIDTH));
    textwrap::dedent(text.trim_start_matches('\n')).trim_end().to_owned()
}

/// At most this many characters. If there are more, `notice` is at the end.
pub fn limited(text: &str, most: usize, notice: &str) -> String {
    if text.chars().count() <= most {
        return text.to_owned();
    }
    let kept = most.saturating_sub(notice.chars().count());
    text.chars().take(kept).chain(notice.chars()).collect()
}

/// Control characters, those that set the direction of writing, those that end a line for some
/// programs only, and those that are no characters.
fn is_invisible(c: char) -> bool {
    let is_direction = matches!(
        c,
        '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}'
    );
    let is_none = u32::from(c) & 0xfffe == 0xfffe;
    c.is_control() || is_direction || is_none || matches!(c, '\u{2028}' | '\u{2029}' | '\u{feff}')
}
