//! Names of files, as they are shown and compared.

use std::fmt::Write;

/// Longer names are cut where they are shown.
const SHOWN: usize = 200;

/// A name as text that is safe to show in a terminal. Two names have the same text only if they
/// are the same: a backslash is doubled, and what is not UTF-8, is a control character or changes
/// the direction of the text is escaped.
pub fn text(name: &[u8]) -> String {
    let mut text = String::new();
    for chunk in name.utf8_chunks() {
        for character in chunk.valid().chars() {
            match character {
                '\\' => text.push_str("\\\\"),
                _ if is_invisible(character) => text.extend(character.escape_unicode()),
                _ => text.push(character),
            }
        }
        for byte in chunk.invalid() {
            // Writing to a text cannot fail.
            let _ = write!(text, "\\x{byte:02x}");
        }
    }
    text
}

/// Whether a character changes what a reader sees around it, and is not seen itself.
fn is_invisible(character: char) -> bool {
    let is_mark = matches!(character, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}');
    let is_isolate = matches!(character, '\u{2060}'..='\u{206f}' | '\u{feff}');
    character.is_control() || is_mark || is_isolate
}

/// A path or name, without its middle if it is very long.
pub fn short(path: &str) -> String {
    let count = path.chars().count();
    if count <= SHOWN {
        return path.to_owned();
    }
    let half = SHOWN / 2;
    let start: String = path.chars().take(half).collect();
    let end: String = path.chars().skip(count - half).collect();
    format!("{start}…{end}")
}

/// The last part of a path.
pub fn file_name(path: &str) -> &str {
    path.rsplit_once('/').map_or(path, |(_, name)| name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_cannot_act_on_the_terminal() {
        assert_eq!(text(b"\x1b[2Jada\n"), r"\u{1b}[2Jada\u{a}");
        assert_eq!(text("a\u{202e}sr.b".as_bytes()), r"a\u{202e}sr.b");
    }

    #[test]
    fn what_is_not_utf_8_is_told_apart_from_its_escape() {
        assert_eq!(text(b"ada\xff"), r"ada\xff");
        assert_eq!(text(br"ada\xff"), r"ada\\xff");
        assert_eq!(text("Zoë 李".as_bytes()), "Zoë 李");
    }

    #[test]
    fn a_long_name_keeps_its_start_and_its_end() {
        let long = format!("{}/semaphore.rs", "é".repeat(5000));
        let shown = short(&long);
        assert_eq!(shown.chars().count(), SHOWN + 1);
        assert!(shown.starts_with("éé") && shown.ends_with("/semaphore.rs"), "{shown}");
    }
}
