//! Gradescope: "Export Submissions" of a programming assignment.
//!
//! Each submission is a folder `submission_123`, and `submission_metadata.yml` beside them says
//! whose it is and when it was handed in, in UTC. A group's submission has several learners. Only
//! the last attempt is exported.

use std::collections::BTreeMap;
use std::io::Read;

use jiff::Timestamp;
use serde::Deserialize;

use super::{Label, Person};

/// The name of the file that says whose the submissions are.
pub const METADATA: &str = "submission_metadata.yml";

/// What is known of the submissions, by the names of their folders.
pub type Metadata = BTreeMap<String, Submission>;

/// What is known of a submission.
#[derive(Debug, Deserialize)]
pub struct Submission {
    #[serde(rename = ":submitters", default)]
    submitters: Vec<Submitter>,
    #[serde(rename = ":created_at", default)]
    created_at: Option<String>,
}

#[derive(Debug, Deserialize)]
struct Submitter {
    #[serde(rename = ":name", default)]
    name: Option<String>,
    #[serde(rename = ":sid", default)]
    sid: Option<String>,
    #[serde(rename = ":email", default)]
    email: Option<String>,
}

/// Reads the file. An error says what is wrong with it.
pub fn read(from: impl Read) -> Result<Metadata, String> {
    // The file comes from the platform, and has what the tests of all submissions have printed.
    let options = serde_saphyr::options! { budget: None };
    serde_saphyr::from_reader_with_options(from, options).map_err(|error: serde_saphyr::Error| {
        format!("expected the metadata of Gradescope; found: {error}")
    })
}

impl Submission {
    /// What is known of the submission in a folder.
    pub fn label(&self, folder: &str) -> Option<Label> {
        let people: Vec<Person> =
            self.submitters.iter().filter_map(|submitter| submitter.person(folder)).collect();
        if people.is_empty() {
            return None;
        }
        // Ruby writes `2026-11-20 10:11:12.000000000 Z`.
        let time = self.created_at.as_deref();
        let time = time.map(|time| time.replace(" Z", "Z").replace(" +", "+").replace(" -", "-"));
        let handed_in = time.and_then(|time| time.parse::<Timestamp>().ok());
        Some(Label { people, attempt: folder.to_owned(), handed_in, ..Label::default() })
    }
}

impl Submitter {
    fn person(&self, folder: &str) -> Option<Person> {
        let known = |text: &Option<String>| text.clone().filter(|text| !text.trim().is_empty());
        let (sid, email, name) = (known(&self.sid), known(&self.email), known(&self.name));
        let id = sid.clone().or_else(|| email.clone());
        // Two people may have one name.
        let key = id.clone().unwrap_or_else(|| folder.to_owned());
        let id = id.or_else(|| name.clone())?;
        Some(Person {
            key: format!("gradescope {key}"),
            id,
            ids: sid.into_iter().collect(),
            name,
            email,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const EXAMPLE: &str = "\
submission_1001:
  :submitters:
  - :name: Ada Lovelace
    :sid: '0042'
    :email: ada@example.org
  :created_at: 2026-11-20 10:11:12.123456000 Z
  :score: 80.0
  :results:
    tests:
    - name: \"a: b\"
      output: |
        submission_1002:
          :submitters: no
  :history:
  - :id: 5
    :created_at: 2026-11-19 10:11:12.000000000 Z
submission_1002:
  :submitters:
  - :name: Ben
    :sid: 7
    :email: ben@example.org
  - :name: Cy
    :sid:
    :email: cy@example.org
  :created_at: &1 2026-11-20 12:11:12.123456000 +02:00
  :updated_at: *1
";

    #[test]
    fn metadata_says_who_and_when() {
        let metadata = read(EXAMPLE.as_bytes()).expect("it is as it should be");
        assert_eq!(metadata.len(), 2);
        let label = metadata["submission_1001"].label("x").expect("it has a learner");
        assert_eq!(label.people[0].id, "0042");
        assert_eq!(label.people[0].email.as_deref(), Some("ada@example.org"));
        let time = Some("2026-11-20T10:11:12.123456Z".parse().expect("a time"));
        assert_eq!(label.handed_in, time);
        let label = metadata["submission_1002"].label("x").expect("it has learners");
        let ids: Vec<&str> = label.people.iter().map(|person| &*person.id).collect();
        assert_eq!(ids, ["7", "cy@example.org"]);
        assert_eq!(label.handed_in, time);
    }

    #[test]
    fn other_texts_are_not_metadata() {
        for text in ["- a list", "submission_1: [", "just text"] {
            let why = read(text.as_bytes()).expect_err(text);
            assert!(why.starts_with("expected the metadata of Gradescope"), "{why}");
        }
    }
}
