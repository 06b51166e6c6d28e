//! Versions, as programs print them.

use std::fmt;

/// A version of numbers, such as 1.95.0.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Version(Vec<u32>);

impl Version {
    /// The version that a text is.
    ///
    /// # Panics
    ///
    /// If it is none.
    pub(super) fn of(text: &str) -> Self {
        Self::in_text(text).expect("a version")
    }

    /// The first version in a text: numbers with dots between them.
    pub(super) fn in_text(text: &str) -> Option<Self> {
        text.split(|c: char| !c.is_ascii_digit() && c != '.').find_map(|part| {
            let numbers: Vec<u32> =
                part.trim_matches('.').split('.').map_while(|number| number.parse().ok()).collect();
            (numbers.len() > 1).then_some(Self(numbers))
        })
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let numbers: Vec<String> = self.0.iter().map(u32::to_string).collect();
        f.write_str(&numbers.join("."))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_version_is_found_in_what_programs_print() {
        for (printed, version) in [
            ("rustc 1.95.0 (59807616e 2026-04-14)", "1.95.0"),
            ("rustc 1.96.0-nightly (0123abcd4 2026-03-01)", "1.96.0"),
            ("just 1.59.0", "1.59.0"),
            ("mdbook v0.5.4", "0.5.4"),
            ("go version go1.19.8 linux/amd64", "1.19.8"),
            ("bubblewrap 0.8.0", "0.8.0"),
            ("ChromeDriver 150.0.7871.12 (a1b2c3-refs/branch-heads/7871@{#12})", "150.0.7871.12"),
            ("9.2.0\n", "9.2.0"),
            ("clippy 0.1.95 (59807616e2 2026-04-14)", "0.1.95"),
            (
                "ShellCheck - shell script analysis tool\nversion: 0.9.0\nlicense: GNU GPL, v3",
                "0.9.0",
            ),
        ] {
            let found = Version::in_text(printed).map(|version| version.to_string());
            assert_eq!(found.as_deref(), Some(version), "{printed}");
        }
        for printed in ["", "no version", "version 7", "1 . 2"] {
            assert_eq!(Version::in_text(printed), None, "{printed}");
        }
    }

    #[test]
    fn versions_are_compared_by_their_numbers() {
        for (one, other) in [("1.9.0", "1.10"), ("1.94.1", "1.95"), ("0.5.4", "1.0")] {
            assert!(Version::of(one) < Version::of(other), "{one} and {other}");
        }
        assert!(Version::of("1.95.0") >= Version::of("1.95"));
    }
}
