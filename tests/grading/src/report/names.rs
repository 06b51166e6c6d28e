//! Names of files for learners.

use std::collections::BTreeSet;

/// What file systems and people can take in a name.
const MAX: usize = 60;
/// Windows takes these for devices, whatever their extension.
const DEVICES: [&str; 4] = ["aux", "con", "nul", "prn"];

/// A name for each id, safe for any file system: lower-case ASCII letters, digits, `-` and `_`,
/// and no two the same.
pub fn of<'a>(ids: impl IntoIterator<Item = &'a str>) -> Vec<String> {
    let mut taken = BTreeSet::new();
    let mut name = |id: &str| {
        let plain = plain(id);
        let numbered = (2..).map(|number| format!("{plain}-{number}"));
        let mut free = std::iter::once(plain.clone()).chain(numbered);
        free.find(|name| taken.insert(name.clone())).unwrap_or(plain)
    };
    ids.into_iter().map(&mut name).collect()
}

fn plain(id: &str) -> String {
    let safe = |c: char| match c {
        'a'..='z' | '0'..='9' | '_' => c,
        'A'..='Z' => c.to_ascii_lowercase(),
        _ => '-',
    };
    let name: String = id.chars().map(safe).collect();
    let words: Vec<&str> = name.split('-').filter(|word| !word.is_empty()).collect();
    let name = words.join("-");
    let name = name.get(..MAX).unwrap_or(&name);
    let is_port =
        |port: &str| name.strip_prefix(port).is_some_and(|rest| rest.len() == 1 && rest != "0");
    match name {
        "" => "learner".to_owned(),
        _ if DEVICES.contains(&name) || is_port("com") || is_port("lpt") => format!("{name}-"),
        _ => name.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plain_id_is_its_own_name() {
        assert_eq!(of(["ada", "grace-h_2", "4711"]), ["ada", "grace-h_2", "4711"]);
    }

    #[test]
    fn no_id_leaves_the_folder_or_hides_a_file() {
        let long = "x".repeat(1000);
        let ids =
            ["../../etc/passwd", ".ssh", "a/b", "C:\\x", "a\nb", "", "..", "NUL", "com1", &long];
        for name in of(ids) {
            let safe = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "-_".contains(c);
            assert!(!name.is_empty() && name.len() <= MAX && name.chars().all(safe), "{name}");
            assert!(!name.starts_with('-') && name != "nul" && name != "com1", "{name}");
        }
    }

    #[test]
    fn names_differ_where_a_file_system_ignores_case() {
        assert_eq!(of(["Ada", "ada", "ada-2", "ADA"]), ["ada", "ada-2", "ada-2-2", "ada-3"]);
    }
}
