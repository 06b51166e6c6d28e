//! Moodle: "Download all submissions" of an assignment.
//!
//! By default each learner has a folder `Full Name_ID_assignsubmission_file`, with an underscore
//! after it in older versions; without "download as folders", each file is called
//! `Full Name_ID_assignsubmission_file_semaphore.rs`. Texts that were typed in are beside that, as
//! `…_assignsubmission_onlinetext`. The number is not the user's, but one of the assignment: the
//! grading worksheet has it as `Participant ID`. A name has no underscore. If the assignment is
//! anonymous, the name is `Participant`, and of a group it is the group's.

use super::{Label, Person};
use crate::intake::wanted::is_number;

const MARK: &str = "_assignsubmission_";

pub(super) fn label(name: &str) -> Option<Label> {
    let (learner, rest) = name.split_once(MARK)?;
    let (_, file) = rest.split_once('_').unwrap_or_default();
    let file = (!file.is_empty()).then(|| file.to_owned());
    let (name, number) = match learner.rsplit_once('_') {
        Some((name, number)) if is_number(number) => (name, Some(number)),
        _ => (learner, None),
    };
    let person = Person {
        key: format!("moodle {learner}"),
        id: number.unwrap_or(name).to_owned(),
        ids: number.iter().map(|number| format!("Participant {number}")).collect(),
        name: (name != "Participant").then(|| name.to_owned()),
        email: None,
    };
    Some(Label { people: vec![person], file, ..Label::default() })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(name: &str) -> (String, Option<String>, Option<String>) {
        let label = label(name).expect(name);
        (label.people[0].id.clone(), label.people[0].name.clone(), label.file)
    }

    #[test]
    fn a_folder_or_a_file_names_its_learner() {
        let ada = || ("12345".to_owned(), Some("Ada Lovelace".to_owned()));
        let (id, name) = ada();
        assert_eq!(read("Ada Lovelace_12345_assignsubmission_file"), (id, name, None));
        let (id, name) = ada();
        assert_eq!(read("Ada Lovelace_12345_assignsubmission_file_"), (id, name, None));
        let (id, name) = ada();
        assert_eq!(read("Ada Lovelace_12345_assignsubmission_onlinetext"), (id, name, None));
        let (id, name) = ada();
        let file = Some("my_semaphore.rs".to_owned());
        assert_eq!(
            read("Ada Lovelace_12345_assignsubmission_file_my_semaphore.rs"),
            (id, name, file)
        );
    }

    #[test]
    fn an_anonymous_learner_has_no_name() {
        let label = label("Participant_7_assignsubmission_file").expect("it is Moodle's");
        assert_eq!(label.people[0].name, None);
        assert_eq!(label.people[0].ids, ["Participant 7"]);
    }

    #[test]
    fn a_learners_own_file_name_changes_nothing() {
        let name = "Ada_1_assignsubmission_file_Ben_2_assignsubmission_file_semaphore.rs";
        assert_eq!(read(name).0, "1");
    }
}
