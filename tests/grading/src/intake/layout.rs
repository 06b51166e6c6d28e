//! How the files that were found make up submissions.

use std::collections::BTreeMap;

use super::archive;
use super::sieve::{Answer, Found};
use super::wanted::is_skipped;

/// What one learner has handed in at once.
#[derive(Debug)]
pub struct Submission {
    /// Its path in the submissions.
    pub entry: String,
    /// What its name says of the learner.
    pub learner: String,
    /// Its answers, to any exercise.
    pub answers: Vec<Answer>,
    /// What in it could not be read: sentences that say where and why.
    pub unread: Vec<String>,
}

/// The submissions, by their paths, and notes on what belongs to none.
pub fn submissions(found: Found) -> (Vec<Submission>, Vec<String>) {
    let mut notes = Vec::new();
    let mut submissions = BTreeMap::new();
    for (entry, has_files) in found.entries.iter().filter(|(path, _)| !path.contains('/')) {
        if *has_files || archive::format(entry).is_some() {
            let (answers, unread) = (Vec::new(), Vec::new());
            let (entry, learner) = (entry.clone(), archive::stem(entry).to_owned());
            submissions.insert(entry.clone(), Submission { entry, learner, answers, unread });
        } else {
            notes.push(format!("{entry}: expected a folder or an archive for each learner"));
        }
    }
    for answer in found.answers {
        let (entry, rest) = answer.path.split_once('/').unwrap_or((&answer.path, ""));
        let is_skipped = rest.rsplit('/').skip(1).any(is_skipped);
        if let Some(submission) = submissions.get_mut(entry)
            && !is_skipped
        {
            submission.answers.push(answer);
        }
    }
    for (path, why) in found.unread {
        let entry = path.split_once('/').map_or(&*path, |(entry, _)| entry);
        match submissions.get_mut(entry) {
            Some(submission) => submission.unread.push(why),
            None => notes.push(why),
        }
    }
    (submissions.into_values().collect(), notes)
}
