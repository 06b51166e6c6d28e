//! Ids of learners, which are names of files and folders, too.

use std::collections::BTreeMap;

use crate::submission::sha256;

/// Longer ids are cut.
const LONGEST: usize = 60;

/// Names that mean a device on Windows, whatever their extension.
const RESERVED: [&str; 22] = [
    "aux", "com1", "com2", "com3", "com4", "com5", "com6", "com7", "com8", "com9", "con", "lpt1",
    "lpt2", "lpt3", "lpt4", "lpt5", "lpt6", "lpt7", "lpt8", "lpt9", "nul", "prn",
];

/// An id for each name, in their order. An id is safe as the name of a file on every system, and
/// no two are the same where case is ignored.
///
/// A name that is safe is its own id. In any other, each run of characters that are not safe
/// becomes a hyphen, and a digest of the name follows: so the id does not depend on who else is
/// there.
pub fn unique<'a>(names: impl IntoIterator<Item = &'a str>) -> Vec<String> {
    let names: Vec<&str> = names.into_iter().collect();
    let mut ids: Vec<String> = names.iter().map(|name| safe(name)).collect();
    let mut owners: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    for (at, id) in ids.iter().enumerate() {
        owners.entry(id.to_lowercase()).or_default().push(at);
    }
    for owners in owners.values().filter(|owners| owners.len() > 1) {
        for (nth, &at) in owners.iter().enumerate() {
            // The same name twice: two learners of two platforms.
            let twice = owners[..nth].iter().any(|&other| names[other] == names[at]);
            let number = if twice { format!("-{}", nth + 1) } else { String::new() };
            ids[at] = format!("{}-{}{number}", ids[at], digest(names[at]));
        }
    }
    ids
}

fn safe(name: &str) -> String {
    if is_safe(name) {
        return name.to_owned();
    }
    let mut kept = String::new();
    for character in name.chars() {
        match character {
            // A dot ends the names that Windows reserves.
            _ if is_safe_character(character) && character != '.' => kept.push(character),
            _ if kept.ends_with('-') => {}
            _ => kept.push('-'),
        }
    }
    kept.truncate(LONGEST / 2);
    match kept.trim_matches('-') {
        "" => format!("learner-{}", digest(name)),
        kept => format!("{kept}-{}", digest(name)),
    }
}

fn is_safe(name: &str) -> bool {
    let stem = name.split('.').next().unwrap_or_default().to_lowercase();
    !name.is_empty()
        && name.len() <= LONGEST
        && name.chars().all(is_safe_character)
        && !name.starts_with(['-', '.'])
        && !name.ends_with('.')
        && !RESERVED.contains(&&*stem)
}

fn is_safe_character(character: char) -> bool {
    character.is_ascii_alphanumeric() || "-_.@+".contains(character)
}

fn digest(name: &str) -> String {
    sha256(name.as_bytes())[..8].to_owned()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn a_safe_name_is_its_own_id() {
        let names = ["ada", "Ada.Lovelace@example.org", "s1234567", "a_b-c+d"];
        assert_eq!(unique(names), names);
    }

    #[test]
    fn every_id_is_a_file_name_on_every_system() {
        let long = "é".repeat(300);
        let hostile = [
            "",
            ".",
            "..",
            "../ada",
            "/etc/passwd",
            "-rf",
            ".hidden",
            "ada.",
            "con",
            "NUL.txt",
            "Com1",
            "a:b",
            "a\u{0}b",
            "<b>ada</b>",
            "Zoë",
            "李",
            "ada lovelace",
            &*long,
            "$(x)",
        ];
        let ids = unique(hostile);
        for id in &ids {
            assert!(is_safe(id), "{id}");
            let stem = id.split('.').next().expect("there is one").to_lowercase();
            assert!(!["con", "nul", "com1"].contains(&&*stem), "{id}");
        }
        let different: BTreeSet<String> = ids.iter().map(|id| id.to_lowercase()).collect();
        assert_eq!(different.len(), hostile.len(), "{ids:?}");
    }

    #[test]
    fn an_id_does_not_depend_on_who_else_is_there() {
        let alone = unique(["Ada Lovelace"]);
        assert_eq!(unique(["ben", "Ada Lovelace", "Ada-Lovelace"])[1], alone[0]);
    }

    #[test]
    fn ids_differ_where_case_is_ignored() {
        let ids = unique(["Ada", "ada", "ADA", "ben", "ada"]);
        let different: BTreeSet<String> = ids.iter().map(|id| id.to_lowercase()).collect();
        assert_eq!(different.len(), 5, "{ids:?}");
        assert_eq!(ids[3], "ben");
    }

    #[test]
    fn names_that_look_like_an_id_of_another_do_not_take_it() {
        let made = unique(["Ada Lovelace"]).remove(0);
        let ids = unique(["Ada Lovelace", &made]);
        assert_ne!(ids[0], ids[1]);
    }
}
