//! Blackboard Learn: "Assignment File Download" of a column.
//!
//! Each file is called `Assignment_USERNAME_attempt_2026-11-20-10-11-12_semaphore.rs`, and each
//! attempt has a text `Assignment_USERNAME_attempt_2026-11-20-10-11-12.txt` whose first line is
//! `Name: Ada Lovelace (USERNAME)`. Both names may have underscores, so that line decides. The time
//! is that of the server, without a time zone: it is taken as this machine's.

use jiff::civil::DateTime;
use jiff::tz::TimeZone;

use super::{Label, Person};

const MARK: &str = "_attempt_";
const TIME: &str = "%Y-%m-%d-%H-%M-%S";
const TIME_LENGTH: usize = "2026-11-20-10-11-12".len();

pub(super) fn label(name: &str, zone: &TimeZone) -> Option<Label> {
    let (learner, time, rest) = split(name)?;
    let user = learner.rsplit_once('_').map_or(learner, |(_, user)| user);
    let handed_in = time.to_zoned(zone.clone()).ok().map(|time| time.timestamp());
    let file = Some(rest.strip_prefix('_').unwrap_or(name).to_owned());
    let person = Person {
        // With the assignment: what is taken for the user may be the end of a longer name.
        key: format!("blackboard {learner}"),
        id: user.to_owned(),
        ids: vec![user.to_owned()],
        ..Person::default()
    };
    let people = vec![person];
    Some(Label { people, attempt: receipt_of(name)?, handed_in, file, late: false })
}

/// The name of the text that belongs to a file's attempt.
pub fn receipt_of(name: &str) -> Option<String> {
    let (learner, time, _) = split(name)?;
    Some(format!("{learner}{MARK}{}.txt", time.strftime(TIME)))
}

/// Who has handed something in, from the first line of an attempt's text.
pub fn person(receipt: &str) -> Option<Person> {
    let line = receipt.lines().next()?.trim_start_matches('\u{feff}');
    let (name, user) = line.strip_prefix("Name:")?.trim().strip_suffix(')')?.rsplit_once('(')?;
    let user = user.trim();
    (!user.is_empty()).then(|| Person {
        key: format!("blackboard user {user}"),
        id: user.to_owned(),
        ids: vec![user.to_owned()],
        name: Some(name.trim().to_owned()),
        email: None,
    })
}

/// The assignment and the learner, the time, and the rest.
fn split(name: &str) -> Option<(&str, DateTime, &str)> {
    name.match_indices(MARK).find_map(|(at, _)| {
        let rest = &name[at + MARK.len()..];
        let time = DateTime::strptime(TIME, rest.get(..TIME_LENGTH)?).ok()?;
        let rest = &rest[TIME_LENGTH..];
        (at > 0 && rest.starts_with(['_', '.'])).then_some((&name[..at], time, rest))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_names_its_learner_and_the_time() {
        let name = "Exercise 4_ada1_attempt_2026-11-20-10-11-12_my_semaphore.rs";
        let zone = TimeZone::fixed(jiff::tz::offset(2));
        let label = label(name, &zone).expect("it is Blackboard's");
        assert_eq!(label.people[0].id, "ada1");
        assert_eq!(label.handed_in, Some("2026-11-20T08:11:12Z".parse().expect("a time")));
        assert_eq!(label.file.as_deref(), Some("my_semaphore.rs"));
        let receipt = "Exercise 4_ada1_attempt_2026-11-20-10-11-12.txt";
        assert_eq!(receipt_of(name).as_deref(), Some(receipt));
        assert_eq!(receipt_of(receipt).as_deref(), Some(receipt));
    }

    #[test]
    fn the_text_of_an_attempt_says_who() {
        let person = person("Name: Ada (Byron) Lovelace (ada_l)\r\nAssignment: 4\r\n");
        let person = person.expect("there is a name");
        assert_eq!(person.name.as_deref(), Some("Ada (Byron) Lovelace"));
        assert_eq!(person.id, "ada_l");
    }

    #[test]
    fn users_whose_names_end_alike_are_not_taken_for_one() {
        let of = |name: &str| label(name, &TimeZone::UTC).expect(name).people.remove(0).key;
        let time = "attempt_2026-11-20-10-11-12_semaphore.rs";
        assert_ne!(of(&format!("Exercise 4_ada_l_{time}")), of(&format!("Exercise 4_l_{time}")));
    }

    #[test]
    fn other_names_are_not_of_blackboard() {
        for name in ["a_attempt_b.rs", "a_b_attempt_2026-13-40-10-11-12_x.rs", "semaphore.rs"] {
            assert_eq!(label(name, &TimeZone::UTC), None, "{name}");
        }
    }
}
