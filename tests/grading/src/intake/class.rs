//! Who has handed in what.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::Timestamp;
use workbook::Fault;
use workbook::exercise::Exercise;

use super::choice::{choose, list};
use super::ids;
use super::layout::Submission;
use super::names::short;
use super::platform::Person;
use super::roster::{Found, Roster};
use super::staging::{Staging, Text};
use crate::submission::{Attempt, Class, Learner};

/// Notes of one kind on a submission, at most.
const MOST_NOTES: usize = 20;

/// What was handed in at once, with one answer to each exercise.
#[derive(Debug)]
struct HandedIn {
    people: Vec<Person>,
    at: Option<Timestamp>,
    late: bool,
    /// By the number of the exercise: where it was found, and its text.
    answers: BTreeMap<u32, (String, Result<Text, String>)>,
    notes: Vec<String>,
}

/// Who somebody is.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Who {
    /// The learner in a row of the roster.
    Row(usize),
    /// Somebody who is not on the roster, by their key.
    Other(String),
}

/// Makes learners from submissions.
pub fn of(
    submissions: Vec<Submission>,
    roster: Option<&Roster>,
    exercises: &[Arc<Exercise>],
    staging: &Staging,
) -> Result<Class, Fault> {
    let handed_in: Vec<HandedIn> =
        submissions.into_iter().map(|submission| HandedIn::new(submission, exercises)).collect();
    let empty = Roster::default();
    let matches = match_all(&handed_in, roster.unwrap_or(&empty));

    let mut learners: BTreeMap<Who, Learner> = BTreeMap::new();
    let mut wishes: BTreeMap<Who, String> = BTreeMap::new();
    for (at, row) in roster.map_or(&[][..], Roster::rows).iter().enumerate() {
        let (name, email) = (row.name.clone(), row.email.clone());
        learners.insert(Who::Row(at), Learner { name, email, ..Learner::default() });
        wishes.insert(Who::Row(at), row.id.clone());
    }
    for person in handed_in.iter().flat_map(|it| &it.people) {
        let (who, note) = &matches[&person.key];
        wishes.entry(who.clone()).or_insert_with(|| person.id.clone());
        let learner = learners.entry(who.clone()).or_default();
        learner.name = learner.name.take().or_else(|| person.name.clone());
        learner.email = learner.email.take().or_else(|| person.email.clone());
        let is_new = |note: &&String| !learner.notes.contains(note);
        let note = note.iter().filter(|_| roster.is_some()).find(is_new).cloned();
        learner.notes.extend(note);
    }

    let ids = ids::unique(wishes.values().map(String::as_str));
    let ids: BTreeMap<&Who, String> = wishes.keys().zip(ids).collect();
    for it in &handed_in {
        let who: BTreeSet<&Who> = it.people.iter().map(|person| &matches[&person.key].0).collect();
        for who in who {
            if let Some(learner) = learners.get_mut(who) {
                let row = match who {
                    Who::Row(at) => roster.and_then(|roster| roster.rows().get(*at)),
                    Who::Other(_) => None,
                };
                let at = it.at.or(row.and_then(|row| row.handed_in));
                it.give_to(learner, &ids[who], at, exercises, staging)?;
            }
        }
    }
    let mut class = Class::default();
    for (who, mut learner) in learners {
        let id = ids[&who].clone();
        learner.name = learner.name.filter(|name| *name != id).map(|name| short(&name));
        sort_attempts(&mut learner);
        class.learners.insert(id, learner);
    }
    Ok(class)
}

impl HandedIn {
    /// Chooses the answers.
    fn new(submission: Submission, exercises: &[Arc<Exercise>]) -> Self {
        let Submission { path, people, handed_in: at, late, answers: files, mut others, unread } =
            submission;
        let mut notes = Vec::new();
        // What may be the answer that was not found: that is not the same as no answer.
        let instead = if !unread.is_empty() {
            Some(list(&unread))
        } else if files.is_empty() && !others.is_empty() {
            others.sort_by_key(|other| !other.ends_with(".rs"));
            Some(format!("found {}", list(&others)))
        } else {
            None
        };
        if files.is_empty() && instead.is_none() {
            let names = exercises.iter().map(|exercise| format!("{}.rs", exercise.name));
            let names = names.collect::<Vec<_>>().join(", ");
            let one_of = if exercises.len() > 1 { "one of " } else { "" };
            notes.push(format!("{}: expected {one_of}{names}; found nothing", short(&path)));
        }
        let mut by_exercise: BTreeMap<u32, Vec<_>> = BTreeMap::new();
        for file in files {
            by_exercise.entry(file.exercise.number).or_default().push(file);
        }
        let mut answers = BTreeMap::new();
        for exercise in exercises {
            if let Some((answer, note)) = by_exercise.remove(&exercise.number).and_then(choose) {
                notes.extend(note);
                answers.insert(exercise.number, (answer.path, answer.text));
            } else if let Some(instead) = &instead {
                let why = format!("expected {}.rs; {instead}", exercise.name);
                answers.insert(exercise.number, (path.clone(), Err(why)));
            }
        }
        let more = unread.len().saturating_sub(MOST_NOTES);
        notes.extend(unread.into_iter().take(MOST_NOTES));
        if more > 0 {
            let path = short(&path);
            notes.push(format!("{path}: {more} more files could not be read"));
        }
        Self { people, at, late, answers, notes }
    }

    /// The exercises that it has answers to.
    fn exercises(&self) -> impl Iterator<Item = u32> {
        self.answers.keys().copied()
    }

    /// Adds it to what a learner has handed in.
    fn give_to(
        &self,
        learner: &mut Learner,
        id: &str,
        handed_in: Option<Timestamp>,
        exercises: &[Arc<Exercise>],
        staging: &Staging,
    ) -> Result<(), Fault> {
        for exercise in exercises {
            let Some((found, text)) = self.answers.get(&exercise.number) else { continue };
            let answer = match text {
                Ok(text) => Ok(staging.keep(text, id, &exercise.name)?),
                Err(why) => Err(why.clone()),
            };
            let (found, late) = (short(found), self.late);
            let attempts = learner.attempts.entry(exercise.number).or_default();
            attempts.push(Attempt { found, handed_in, late, answer });
        }
        learner.notes.extend(self.notes.iter().cloned());
        Ok(())
    }
}

/// Puts the earliest attempt first; those without a time come first, by their paths.
fn sort_attempts(learner: &mut Learner) {
    let mut unknown = false;
    for attempts in learner.attempts.values_mut() {
        attempts.sort_by(|a, b| (a.handed_in, &a.found).cmp(&(b.handed_in, &b.found)));
        let without = attempts.iter().filter(|attempt| attempt.handed_in.is_none()).count();
        unknown |= without > 0 && attempts.len() > 1;
    }
    if unknown {
        let note = "several attempts, and it is not known when they were handed in: those without \
                    a time count as the earliest, in the order of their names";
        learner.notes.push(note.to_owned());
    }
}

/// Who everybody is, by their keys, and a note on each who is not on the roster.
fn match_all(handed_in: &[HandedIn], roster: &Roster) -> BTreeMap<String, (Who, Option<String>)> {
    let mut exercises: BTreeMap<&str, BTreeSet<u32>> = BTreeMap::new();
    let mut claims: BTreeMap<&str, (&Person, Found)> = BTreeMap::new();
    for it in handed_in {
        for person in &it.people {
            exercises.entry(&person.key).or_default().extend(it.exercises());
            claims.insert(&person.key, (person, roster.find(person)));
        }
    }
    // Two people may have one name, also if the roster has but one of them. So who is found by
    // name alone is taken for the learner only if nobody else has answered the same exercise.
    let is_unsure = |key: &str, row: usize| {
        claims.iter().any(|(other, (_, found))| {
            let same_row = [Found::Row(row), Found::Name(row)].contains(found);
            *other != key && same_row && !exercises[other].is_disjoint(&exercises[key])
        })
    };
    let who = claims.iter().map(|(&key, (person, found))| {
        let other = || Who::Other(key.to_owned());
        let called = short(person.name.as_deref().unwrap_or(&person.id));
        let result = match *found {
            Found::Row(row) => (Who::Row(row), None),
            Found::Name(row) if !is_unsure(key, row) => (Who::Row(row), None),
            Found::Name(_) => {
                let why =
                    "several submissions are of somebody of this name, who is once on the roster";
                (other(), Some(format!("{called}: {why}")))
            }
            Found::Several => {
                (other(), Some(format!("{called}: several learners on the roster are called that")))
            }
            Found::Nobody => {
                (other(), Some(format!("{called}: expected somebody on the roster; found nobody")))
            }
        };
        (key.to_owned(), result)
    });
    who.collect()
}
