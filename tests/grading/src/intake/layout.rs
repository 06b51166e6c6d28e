//! How the files that were found make up submissions.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use workbook::exercise::Exercise;

use super::archive;
use super::names::{file_name, short};
use super::platform::{self, Label, Person, blackboard, gradescope};
use super::sieve::{Answer, Found};
use super::wanted::{is_of_system, is_skipped};

/// What the command line of GitHub Classroom puts behind an assignment's name, for the folder of
/// all repositories; each of these is called `assignment-username`.
const GITHUB: &str = "-submissions";

/// What was handed in at once.
#[derive(Debug)]
pub struct Submission {
    /// Its path in the submissions.
    pub path: String,
    /// Who has handed it in; a group may be several.
    pub people: Vec<Person>,
    /// When it was handed in.
    pub handed_in: Option<Timestamp>,
    /// Whether the platform marks it as late.
    pub late: bool,
    /// Its answers, to any exercise.
    pub answers: Vec<Answer>,
    /// The names of its other files.
    pub others: Vec<String>,
    /// What in it could not be read: sentences that say where and why.
    pub unread: Vec<String>,
}

/// How submissions are laid out.
#[derive(Debug)]
pub struct Layout<'a> {
    exercises: &'a [Arc<Exercise>],
    found: Found,
    /// The path of the folder that holds all submissions, with a slash behind it, or nothing.
    root: String,
    /// The name of the folder or archive that holds all submissions.
    name: String,
}

/// Who handed in something, by their keys, and which attempt it is.
type Owner = (Vec<String>, String);

impl<'a> Layout<'a> {
    /// Looks at what was found in a folder or an archive of some name.
    pub fn new(found: Found, name: &str, exercises: &'a [Arc<Exercise>]) -> Self {
        let is_archive = archive::format(name).is_some();
        let (root, name) = (String::new(), archive::stem(name).to_owned());
        let mut layout = Self { exercises, found, root, name };
        if let Some(folder) = layout.lone_folder(is_archive) {
            layout.root = format!("{folder}/");
            layout.name = folder;
        }
        layout
    }

    /// The submissions, and notes on what belongs to none.
    pub fn submissions(mut self) -> (Vec<Submission>, Vec<String>) {
        let is_whole = self.is_one_submission();
        let whole = Label { people: vec![Person::called(&self.name)], ..Label::default() };
        let mut notes = Vec::new();
        let mut owners: BTreeMap<String, Owner> = BTreeMap::new();
        let mut submissions: BTreeMap<Owner, Submission> = BTreeMap::new();
        for entry in self.entries() {
            let label = match is_whole {
                true => whole.clone(),
                false => match self.label(&entry) {
                    Ok(label) => label,
                    Err(why) => {
                        notes.extend(why);
                        continue;
                    }
                },
            };
            let keys = label.people.iter().map(|person| person.key.clone()).collect();
            let owner = (keys, label.attempt);
            owners.insert(entry.clone(), owner.clone());
            submissions.entry(owner).or_insert_with(|| Submission {
                path: if is_whole { self.name.clone() } else { entry },
                people: label.people,
                handed_in: label.handed_in,
                late: label.late,
                answers: Vec::new(),
                others: Vec::new(),
                unread: Vec::new(),
            });
        }
        for answer in std::mem::take(&mut self.found.answers) {
            let (entry, below) = self.split(&answer.path);
            let inside = if is_whole { self.inside(&answer.path) } else { below };
            let is_misplaced = answer.is_labelled && !below.is_empty();
            if is_misplaced || inside.rsplit('/').skip(1).any(is_skipped) {
                continue;
            }
            if let Some(submission) = owners.get(entry).and_then(|it| submissions.get_mut(it)) {
                submission.answers.push(answer);
            }
        }
        for path in std::mem::take(&mut self.found.others) {
            let (entry, below) = self.split(&path);
            let name = if below.is_empty() { file_name(entry) } else { below };
            let submission = owners.get(entry).and_then(|owner| submissions.get_mut(owner));
            if let Some(submission) =
                submission.filter(|_| !below.rsplit('/').skip(1).any(is_skipped))
            {
                submission.others.push(short(name));
            }
        }
        for (path, why) in std::mem::take(&mut self.found.unread) {
            let owner = owners.get(self.split(&path).0);
            match owner.and_then(|owner| submissions.get_mut(owner)) {
                Some(submission) => submission.unread.push(why),
                None => notes.push(why),
            }
        }
        (submissions.into_values().collect(), notes)
    }

    /// The path of the only folder, if that holds the submissions and is not one itself.
    fn lone_folder(&self, is_archive: bool) -> Option<String> {
        let entries = self.entries();
        let [folder] = entries.as_slice() else { return None };
        if !self.found.entries[folder] || archive::format(folder).is_some() {
            return None;
        }
        let is_export =
            self.found.gradescope.contains_key(&format!("{folder}/{}", gradescope::METADATA))
                || folder.ends_with(GITHUB)
                || self.children(folder).any(platform::is_of_platform);
        // A program that packs a folder gives the archive its name.
        let is_packed = is_archive && (*folder == self.name || self.has_two_answers(folder));
        (is_export || is_packed).then(|| folder.clone())
    }

    /// Whether two folders in a folder have an answer to the same exercise: those of two learners.
    fn has_two_answers(&self, folder: &str) -> bool {
        let mut learners: BTreeMap<u32, BTreeSet<&str>> = BTreeMap::new();
        for answer in &self.found.answers {
            let inside = answer.path.strip_prefix(folder).unwrap_or_default();
            if let Some((learner, below)) = inside.trim_start_matches('/').split_once('/')
                && !below.rsplit('/').skip(1).chain([learner]).any(is_skipped)
            {
                learners.entry(answer.exercise.number).or_default().insert(learner);
            }
        }
        let is_fork = self.children(folder).any(|child| child == "exercises");
        !is_fork && learners.values().any(|learners| learners.len() > 1)
    }

    /// Whether all of it is the fork, or the answers, of one learner.
    fn is_one_submission(&self) -> bool {
        let insides = self.found.answers.iter().map(|answer| (answer, self.inside(&answer.path)));
        let mut insides = insides
            .filter(|(_, inside)| !inside.split_once('/').is_some_and(|(top, _)| is_skipped(top)))
            .peekable();
        let is_own = |(answer, inside): (&Answer, &str)| {
            !answer.is_labelled && (!inside.contains('/') || inside.starts_with("exercises/"))
        };
        insides.peek().is_some() && insides.all(is_own)
    }

    /// What the name of an entry says, and else a note for the instructor, if there is one.
    fn label(&self, entry: &str) -> Result<Label, Option<String>> {
        let name = file_name(entry);
        let is_file = !self.found.entries[entry] && archive::format(name).is_none();
        if let Some(metadata) = self.found.gradescope.get(entry) {
            return Err(metadata.as_ref().err().map(|why| format!("{entry}: {why}")));
        }
        if let Some(label) = self.label_of_file(name) {
            return Ok(label);
        }
        let mut label = platform::label(name, self.exercises, &TimeZone::system());
        if let Some(assignment) = self.name.strip_suffix(GITHUB)
            && let Some(user) = name.strip_prefix(assignment).and_then(|it| it.strip_prefix('-'))
        {
            label.people = vec![Person::called(user)];
        }
        // Such as the `.git` of a folder of submissions that is a repository itself.
        if name.starts_with('.')
            && !self.found.answers.iter().any(|it| self.split(&it.path).0 == entry)
        {
            return Err(None);
        }
        if is_file && label.file.is_none() {
            let example = &self.exercises[0].name;
            return Err(Some(format!(
                "{}: expected a learner's folder or archive, or a file such as \
                 LEARNER_{example}.rs",
                short(entry)
            )));
        }
        Ok(label)
    }

    /// What a file of the platform says of an entry.
    fn label_of_file(&self, name: &str) -> Option<Label> {
        let metadata = self.found.gradescope.get(&format!("{}{}", self.root, gradescope::METADATA));
        if let Some(label) = metadata.and_then(|it| it.as_ref().ok()?.get(name)?.label(name)) {
            return Some(label);
        }
        let receipt = format!("{}{}", self.root, blackboard::receipt_of(name)?);
        let person = self.found.blackboard.get(&receipt)?.clone();
        let label = platform::label(name, self.exercises, &TimeZone::system());
        Some(Label { people: vec![person], ..label })
    }

    /// The paths of the entries, each of which belongs to a submission.
    fn entries(&self) -> Vec<String> {
        let is_entry = |path: &&String| {
            let inside = path.strip_prefix(&*self.root);
            inside.is_some_and(|name| !name.contains('/') && !is_of_system(name))
        };
        self.found.entries.keys().filter(is_entry).cloned().collect()
    }

    /// The names of what is in a folder of the topmost level.
    fn children(&self, folder: &str) -> impl Iterator<Item = &str> {
        let paths = self.found.entries.keys();
        paths.filter_map(move |path| path.strip_prefix(folder)?.strip_prefix('/'))
    }

    /// A path below the folder of all submissions.
    fn inside<'b>(&self, path: &'b str) -> &'b str {
        path.strip_prefix(&*self.root).unwrap_or(path)
    }

    /// The entry that a path belongs to, and the rest of the path.
    fn split<'b>(&self, path: &'b str) -> (&'b str, &'b str) {
        let inside = self.inside(path);
        let end = inside.find('/').unwrap_or(inside.len());
        let entry = &path[..path.len() - inside.len() + end];
        (entry, inside[end..].trim_start_matches('/'))
    }
}
