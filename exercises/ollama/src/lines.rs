//! Lines, put together from reads that end anywhere.

/// Bytes that have arrived, given out line by line.
///
/// A line break is always the end of an object: inside JSON's strings it is written `\n`.
#[derive(Debug, Default)]
pub(crate) struct Lines {
    buffer: Vec<u8>,
    /// How much of the buffer is known to have no line break, so that a long line is not searched
    /// again with every read.
    searched: usize,
}

impl Lines {
    pub(crate) fn push(&mut self, read: &[u8]) {
        self.buffer.extend_from_slice(read);
    }

    /// The next whole line that is not blank.
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

    /// What came after the last line break, if it is more than blank: the last line of a stream
    /// that has ended need not have one.
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
        assert!(lines.rest().is_none(), "the rest is given out once");
        whole.into_iter().map(|line| String::from_utf8(line).unwrap().trim().to_owned()).collect()
    }

    #[test]
    fn lines_are_the_same_wherever_the_reads_end() {
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
    fn a_line_is_given_out_as_soon_as_it_is_whole() {
        let mut lines = Lines::default();
        lines.push(b"{\"a\":");
        assert_eq!(lines.next_line(), None);
        lines.push(b"1}\n{\"b\"");
        assert_eq!(lines.next_line().as_deref(), Some(&b"{\"a\":1}\n"[..]));
        assert_eq!(lines.next_line(), None);
        assert_eq!(lines.rest().as_deref(), Some(&b"{\"b\""[..]));
    }

    #[test]
    fn blanks_are_not_lines() {
        assert_eq!(assemble([&b"\n \r\n"[..], b"\n", b"  "]), [""; 0]);
    }
}
