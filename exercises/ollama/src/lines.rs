//! Splits a stream of bytes into lines.

/// Buffers bytes as they arrive, and returns them line by line.
///
/// A line break always ends an object, because in a JSON string it is escaped.
#[derive(Debug, Default)]
pub(crate) struct Lines {
    buffer: Vec<u8>,
    /// The length of the buffer's start that is known to contain no line break, so that a long line
    /// is not searched again after every read.
    searched: usize,
}

impl Lines {
    pub(crate) fn push(&mut self, read: &[u8]) {
        self.buffer.extend_from_slice(read);
    }

    /// The next complete line that is not blank.
    pub(crate) fn next_line(&mut self) -> Option<Vec<u8>> {
        loop {
            let Some(end) = self.buffer[self.searched..].iter().position(|&byte| byte == b'\n')
            else {
                self.searched = self.buffer.len();
                return None;
            };
            let line: Vec<u8> = self.buffer.drain(..=self.searched + end).collect();
            self.searched = 0;
            if !is_blank(&line) {
                return Some(line);
            }
        }
    }

    /// What follows the last line break, unless it is blank: the last line of a stream may end
    /// without one.
    pub(crate) fn rest(&mut self) -> Option<Vec<u8>> {
        self.searched = 0;
        let rest = std::mem::take(&mut self.buffer);
        (!is_blank(&rest)).then_some(rest)
    }
}

fn is_blank(line: &[u8]) -> bool {
    line.iter().all(u8::is_ascii_whitespace)
}

#[cfg(test)]
mod tests {
    use super::*;

    const STREAM: &str =
        "{\"response\":\"\u{e9}t\u{e9}\"}\n\r\n{\"response\":\"\\n\"}\r\n\n{\"done\":true}";

    fn assemble<'a>(reads: impl IntoIterator<Item = &'a [u8]>) -> Vec<String> {
        let mut lines = Lines::default();
        let mut whole = Vec::new();
        for read in reads {
            lines.push(read);
            whole.extend(std::iter::from_fn(|| lines.next_line()));
        }
        whole.extend(lines.rest());
        assert!(lines.rest().is_none(), "the rest is returned once");
        whole.into_iter().map(|line| String::from_utf8(line).unwrap().trim().to_owned()).collect()
    }

    #[test]
    fn lines_do_not_depend_on_where_reads_end() {
        let expected =
            ["{\"response\":\"\u{e9}t\u{e9}\"}", "{\"response\":\"\\n\"}", "{\"done\":true}"];
        let bytes = STREAM.as_bytes();
        for first in 0..=bytes.len() {
            for second in first..=bytes.len() {
                let reads = [&bytes[..first], &bytes[first..second], &bytes[second..]];
                assert_eq!(assemble(reads), expected, "reads end at {first} and {second}");
            }
        }
        assert_eq!(assemble(bytes.chunks(1)), expected, "byte by byte");
    }

    #[test]
    fn a_line_is_returned_as_soon_as_it_is_complete() {
        let mut lines = Lines::default();
        lines.push(b"{\"a\":");
        assert_eq!(lines.next_line(), None);
        lines.push(b"1}\n{\"b\"");
        assert_eq!(lines.next_line().as_deref(), Some(&b"{\"a\":1}\n"[..]));
        assert_eq!(lines.next_line(), None);
        assert_eq!(lines.rest().as_deref(), Some(&b"{\"b\""[..]));
    }

    #[test]
    fn blank_lines_are_skipped() {
        assert_eq!(assemble([&b"\n \r\n"[..], b"\n", b"  "]), [""; 0]);
    }
}
