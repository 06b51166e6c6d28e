//! The known answers to an exercise, and answers that learners have handed in.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::sync::{Arc, LazyLock};

use grading::similar::common::Published;
use grading::similar::findings::{Findings, HandedIn};
use grading::similar::texts::Answer;
use workbook::answer::Owner;
use workbook::exercise::Exercise;
use workbook::{Workbook, known};

use crate::disguise;

/// What is known of an exercise.
pub struct Known {
    /// `4-semaphore`.
    pub folder: String,
    pub stub: String,
    /// The solution and the designs, by name.
    pub answers: BTreeMap<String, String>,
    /// What was made from each of these: bugs and disguised copies, by name.
    pub copies: BTreeMap<String, BTreeMap<String, String>>,
}

/// What is known of each exercise.
pub static ALL: LazyLock<Vec<Known>> = LazyLock::new(|| {
    let workbook = Workbook::here().expect("the tests run inside the workbook");
    workbook.exercises().iter().map(|exercise| Known::of(&workbook, exercise)).collect()
});

/// What is known of exercise 4.
pub fn semaphore() -> &'static Known {
    ALL.iter().find(|known| known.folder == "4-semaphore").expect("there is one")
}

impl Known {
    fn of(workbook: &Workbook, exercise: &Arc<Exercise>) -> Self {
        let stub = fs::read_to_string(exercise.stub()).expect("there is a stub");
        let solution = workbook.answer(exercise, Owner::Workbook).path();
        let mut answers = known::designs(exercise).expect("they can be read");
        answers.insert(
            "solution".to_owned(),
            fs::read_to_string(solution).expect("there is a solution"),
        );
        let mut copies = BTreeMap::<String, BTreeMap<_, _>>::new();
        for (name, bug) in known::bugs(workbook, exercise).expect("they can be read") {
            let design = bug.base.file_stem().expect("it is a file").to_string_lossy();
            let is_design = answers.contains_key(&*design);
            let base = if is_design { design.into_owned() } else { "solution".to_owned() };
            copies.entry(base).or_default().insert(format!("bugs/{name}"), bug.text);
        }
        for (base, text) in &answers {
            let copies = copies.entry(base.clone()).or_default();
            for disguise in disguise::ALL {
                copies.insert(disguise.name.to_owned(), disguise.apply(text, &stub));
            }
        }
        Self { folder: exercise.folder(), stub, answers, copies }
    }

    /// The stub alone.
    pub fn only_stub(&self) -> Published {
        Published::new(&self.stub, [])
    }

    /// The stub and the answers, but for those that play learners.
    pub fn published_but(&self, learners: &[&str]) -> Published {
        let others = self.answers.iter().filter(|(name, _)| !learners.contains(&&***name));
        Published::new(&self.stub, others.map(|(name, text)| (&**name, &**text)))
    }
}

/// A learner's only answer.
pub fn answer(learner: &str, text: &str) -> Answer {
    attempt(learner, 1, text)
}

/// One of a learner's answers.
pub fn attempt(learner: &str, number: usize, text: &str) -> Answer {
    let found = format!("{learner}/{number}/semaphore.rs");
    Answer { handed_in: HandedIn { learner: learner.to_owned(), found }, text: text.to_owned() }
}

/// The learners of each pair of texts that are alike.
pub fn pairs(findings: &Findings) -> BTreeSet<String> {
    let names = |text: usize| findings.texts[text].learners().collect::<Vec<_>>().join("+");
    let pairs = findings.groups.iter().flat_map(|group| &group.pairs);
    pairs.map(|pair| pair.texts.map(names).join(" ~ ")).collect()
}

/// Whether two learners have handed in the same text, or are a pair.
pub fn are_alike(findings: &Findings, one: &str, other: &str) -> bool {
    let is_by = |text: usize, learner| findings.texts[text].learners().any(|by| by == learner);
    findings.groups.iter().any(|group| {
        let mut copies = group.copies.iter();
        let mut pairs = group.pairs.iter().map(|pair| pair.texts);
        copies.any(|&text| is_by(text, one) && is_by(text, other))
            || pairs.any(|[first, second]| {
                is_by(first, one) && is_by(second, other)
                    || is_by(first, other) && is_by(second, one)
            })
    })
}
