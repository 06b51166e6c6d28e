//! What learning platforms write into the names of the files that they export.

pub mod blackboard;
pub mod canvas;
pub mod gradescope;
mod moodle;

use std::sync::Arc;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use workbook::exercise::Exercise;

use super::archive;
use super::wanted;

/// A learner, as far as a submission says who that is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Person {
    /// Tells learners apart who are not on the roster.
    pub key: String,
    /// What their id is made of then.
    pub id: String,
    /// What may be an id on the roster.
    pub ids: Vec<String>,
    /// Their name.
    pub name: Option<String>,
    /// Their address.
    pub email: Option<String>,
}

/// What the name of a file or folder says of what was handed in.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Label {
    /// Who has handed it in; a group may be several.
    pub people: Vec<Person>,
    /// Which attempt it is: what the same people handed in under one name here is one attempt.
    pub attempt: String,
    /// When it was handed in.
    pub handed_in: Option<Timestamp>,
    /// Whether the platform marks it as late.
    pub late: bool,
    /// What the learner called the file, if it is one file.
    pub file: Option<String>,
}

impl Person {
    /// A learner of whom only a name or an id is known, or an address.
    pub fn called(name: &str) -> Self {
        Self {
            key: name.to_owned(),
            id: name.to_owned(),
            ids: vec![name.to_owned()],
            name: Some(name.to_owned()),
            email: name.contains('@').then(|| name.to_owned()),
        }
    }
}

/// Reads the name of a file or folder that is not an answer itself. Times without a time zone are
/// of `zone`.
///
/// If no platform has made it, the name is the learner's: that of a folder or an archive, or what
/// stands before an answer's name, as in `ada_semaphore.rs`.
pub fn label(name: &str, exercises: &[Arc<Exercise>], zone: &TimeZone) -> Label {
    let label = moodle::label(name)
        .or_else(|| blackboard::label(name, zone))
        .or_else(|| canvas::label(name))
        .or_else(|| learners_file(name, exercises));
    label.unwrap_or_else(|| {
        let people = vec![Person::called(archive::stem(name))];
        Label { people, attempt: name.to_owned(), ..Label::default() }
    })
}

/// Whether a learning platform has made the name of a file or folder.
pub fn is_of_platform(name: &str) -> bool {
    let is_blackboard = || blackboard::receipt_of(name).is_some();
    moodle::label(name).is_some() || is_blackboard() || canvas::label(name).is_some()
}

/// What the learner called a file, if a platform has put something before that.
pub fn file_name(name: &str, exercises: &[Arc<Exercise>]) -> Option<String> {
    label(name, exercises, &TimeZone::UTC).file
}

/// `ada_semaphore.rs` or `ada-semaphore.rs`.
fn learners_file(name: &str, exercises: &[Arc<Exercise>]) -> Option<Label> {
    let mut separators = name.match_indices(['_', '-']).map(|(at, _)| at);
    let at = separators.find(|&at| wanted::answers(exercises, &name[at + 1..]).is_some())?;
    let file = Some(name[at + 1..].to_owned());
    (at > 0).then(|| Label { people: vec![Person::called(&name[..at])], file, ..Label::default() })
}

#[cfg(test)]
mod tests {
    use workbook::Workbook;

    use super::*;

    #[test]
    fn a_file_may_have_the_learners_name_before_its_own() {
        let workbook = Workbook::here().expect("the tests run inside the workbook");
        let of = |name: &str| {
            let label = label(name, workbook.exercises(), &TimeZone::UTC);
            (label.people[0].id.clone(), label.file)
        };
        let some = |id: &str, file: &str| (id.to_owned(), Some(file.to_owned()));
        assert_eq!(of("ada_semaphore.rs"), some("ada", "semaphore.rs"));
        assert_eq!(of("ada-l_worker_pool.rs"), some("ada-l", "worker_pool.rs"));
        assert_eq!(of("ada-semaphore-2.rs"), some("ada", "semaphore-2.rs"));
        assert_eq!(of("ada.zip"), ("ada".to_owned(), None));
        assert_eq!(of("ada_lovelace"), ("ada_lovelace".to_owned(), None));
    }
}
