//! Canvas: "Download Submissions" of an assignment.
//!
//! Each file is called `lovelaceada_USER_FILE_semaphore.rs`, or `lovelaceada_LATE_USER_FILE_…` if
//! it is late: the sortable name in small letters, without spaces and commas; the user's number,
//! which the gradebook has as `ID`; the file's number; and the name that the learner gave it. A
//! name that was handed in before becomes `semaphore-1.rs`. If the assignment is anonymous, it is
//! `anon_CODE_FILE_…` or `LATE_anon_CODE_FILE_…`. Only the last attempt is exported.

use super::{Label, Person};
use crate::intake::wanted::is_number;

pub(super) fn label(name: &str) -> Option<Label> {
    let parts: Vec<&str> = name.split('_').collect();
    // Canvas lets no name of a user look like the numbers, so the first ones are them.
    let user = anonymous(&parts).or_else(|| {
        (1..parts.len().checked_sub(2)?)
            .find(|&at| is_number(parts[at]) && is_number(parts[at + 1]))
    })?;
    let file = parts[user + 2..].join("_");
    if !file.contains('.') {
        return None;
    }
    let before: Vec<&str> = parts[..user].to_vec();
    let late = before.contains(&"LATE");
    let name: Vec<&str> = before.into_iter().filter(|part| *part != "LATE").collect();
    let name = name.join("_");
    let number = parts[user];
    let person = Person {
        key: format!("canvas {number}"),
        id: number.to_owned(),
        ids: vec![number.to_owned()],
        name: (name != "anon").then_some(name),
        email: None,
    };
    Some(Label { people: vec![person], late, file: Some(file), ..Label::default() })
}

/// Where the code of an anonymous learner is.
fn anonymous(parts: &[&str]) -> Option<usize> {
    match parts {
        ["anon", _, file, _, ..] if is_number(file) => Some(1),
        ["LATE", "anon", _, file, _, ..] if is_number(file) => Some(2),
        _ => None,
    }
}

/// The name that Canvas makes of a sortable name, such as `Lovelace, Ada`.
pub fn compact(sortable_name: &str) -> String {
    let is_kept = |character: &char| character.is_alphanumeric() || *character == '_';
    sortable_name.to_lowercase().chars().filter(is_kept).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(name: &str) -> (String, Option<String>, bool, Option<String>) {
        let label = label(name).expect(name);
        (label.people[0].id.clone(), label.people[0].name.clone(), label.late, label.file)
    }

    #[test]
    fn a_file_names_its_learner() {
        let some = |text: &str| Some(text.to_owned());
        assert_eq!(
            read("lovelaceada_12345_67890_semaphore.rs"),
            ("12345".to_owned(), some("lovelaceada"), false, some("semaphore.rs"))
        );
        assert_eq!(
            read("lovelaceada_LATE_12345_67890_worker_pool-1.rs"),
            ("12345".to_owned(), some("lovelaceada"), true, some("worker_pool-1.rs"))
        );
        assert_eq!(
            read("LATE_anon_aB3xY_67890_semaphore.rs"),
            ("aB3xY".to_owned(), None, true, some("semaphore.rs"))
        );
        assert_eq!(read("anon_aB3xY_1_semaphore.rs").0, "aB3xY");
    }

    #[test]
    fn a_learners_own_file_name_changes_nothing() {
        assert!(!read("ada_1_2_LATE_3_4_semaphore.rs").2);
        assert_eq!(read("ada_1_2_ben_3_4_semaphore.rs").0, "1");
    }

    #[test]
    fn other_names_are_not_of_canvas() {
        for name in ["semaphore.rs", "team_1_2", "team_1_2_final", "1_2_semaphore.rs", "a_1_b.rs"] {
            assert_eq!(label(name), None, "{name}");
        }
    }

    #[test]
    fn a_sortable_name_becomes_compact() {
        assert_eq!(compact("Lovelace, Ada"), "lovelaceada");
        assert_eq!(compact("O'Hara-Øster, Zoë B."), "oharaøsterzoëb");
    }
}
