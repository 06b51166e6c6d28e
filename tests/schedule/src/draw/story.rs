//! For the terminal: a sequence of events, and what each has changed.

use std::fmt::Write;

use anstyle::Style;
use unicode_width::UnicodeWidthStr;

use crate::Story;

const DIM: Style = Style::new().dimmed();
/// The room for the number of an event.
const NUMBER: usize = 3;
const GAP: usize = 2;
/// The widest column of events, if there is something to say beside it.
const MAX_EVENT: usize = 48;
/// The least room in which the changes can be read beside the events.
const MIN_SEEN: usize = 24;

/// Draws a story in at most `width` columns, with ANSI colours for `anstream` to remove.
pub fn story_to_terminal(story: &Story, width: usize) -> String {
    let mut out = String::new();
    let widest = story.events.iter().map(|event| event.done.width()).max().unwrap_or(0);
    let events = widest.min(MAX_EVENT);
    let beside = width.saturating_sub(NUMBER + events + 2 * GAP);
    for (number, event) in story.events.iter().enumerate() {
        let seen = event.seen.join(", ");
        let (left, right) = match beside >= MIN_SEEN {
            true => (textwrap::wrap(&event.done, events), textwrap::wrap(&seen, beside)),
            false => {
                let room = width.saturating_sub(NUMBER + GAP).max(MIN_SEEN);
                let mut lines = textwrap::wrap(&event.done, room);
                if !seen.is_empty() {
                    lines.extend(textwrap::wrap(&seen, room));
                }
                (lines, Vec::new())
            }
        };
        for line in 0..left.len().max(right.len()) {
            let number = if line == 0 { (number + 1).to_string() } else { String::new() };
            let left = left.get(line).map_or("", |text| text);
            let _ = write!(out, "{DIM}{number:>NUMBER$}{DIM:#}{:GAP$}{left}", "");
            if let Some(right) = right.get(line).filter(|right| !right.is_empty()) {
                let fill = events.saturating_sub(left.width()) + GAP;
                let _ = write!(out, "{:fill$}{right}", "");
            }
            out.push('\n');
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn story() -> Story {
        let mut story = Story { setting: "a pool with 1 worker".to_owned(), ..Story::default() };
        story.tell("submit job 0");
        story.saw("accepted");
        story.saw("job 0 starts");
        story.tell("cancel");
        story
    }

    #[test]
    fn what_changed_is_beside_the_event() {
        let drawing = anstream::adapter::strip_str(&story_to_terminal(&story(), 60)).to_string();
        assert_eq!(drawing, "  1  submit job 0  accepted, job 0 starts\n  2  cancel\n");
    }

    #[test]
    fn in_a_narrow_terminal_it_is_below() {
        let drawing = anstream::adapter::strip_str(&story_to_terminal(&story(), 30)).to_string();
        assert_eq!(drawing, "  1  submit job 0\n     accepted, job 0 starts\n  2  cancel\n");
    }
}
