//! Which of several files in one submission is the answer.

use super::names::short;
use super::sieve::Answer;
use super::wanted::place;

/// Paths that a note names, at most.
const NAMED: usize = 3;

/// Takes the answer to an exercise from all files that have its name, and says so if they differ.
///
/// A file that can be judged comes before one that cannot. Of these, the one in
/// `exercises/N-name/src/`, or else in `N-name/src/`; the one whose name is the answer's, letter by
/// letter; the one in the fewest folders; the first by its path. If a path is there twice, as it
/// can be in an archive, then the last, as if it were unpacked.
pub fn choose(mut answers: Vec<Answer>) -> Option<(Answer, Option<String>)> {
    // Sorting is stable, so of two with the same path the last is the first now.
    answers.reverse();
    answers.sort_by_cached_key(|answer| {
        let depth = answer.path.matches('/').count();
        let place = place(&answer.exercise, &answer.path);
        (answer.text.is_err(), place, answer.likeness, depth, answer.path.clone())
    });
    let mut answers = answers.into_iter();
    let chosen = answers.next()?;
    let sum = |answer: &Answer| answer.text.as_ref().ok().map(|text| text.sha256().to_owned());
    let others: Vec<String> = answers
        .filter(|other| sum(other) != sum(&chosen))
        .map(|other| match other.text {
            Ok(_) if other.path == chosen.path => "an earlier file of that path".to_owned(),
            Ok(_) => short(&other.path),
            Err(why) => format!("{} ({why})", short(&other.path)),
        })
        .collect();
    let note = (!others.is_empty()).then(|| {
        let left_out = list(&others);
        format!("took {}; left out {left_out}", short(&chosen.path))
    });
    Some((chosen, note))
}

/// Some of the texts, and how many more there are.
pub fn list(texts: &[String]) -> String {
    let named = texts.iter().take(NAMED).cloned().collect::<Vec<_>>().join(", ");
    match texts.len().saturating_sub(NAMED) {
        0 => named,
        more => format!("{named} and {more} more"),
    }
}
