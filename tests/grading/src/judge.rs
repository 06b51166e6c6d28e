//! Judges the answers of a class.

mod scratch;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use workbook::backend::Backend;
use workbook::compile::Build;
use workbook::exercise::{Check, Exercise};
use workbook::progress::Progress;
use workbook::run::Tests;
use workbook::status::same_lines;
use workbook::verdict::{Status, Verdict};
use workbook::{Fault, Workbook, judge, terminal};

use crate::class::Judge;
use crate::compile::Template;
use crate::gradebook::Isolation;
use crate::store::{Ingredients, Key, Store};
use crate::submission::{AnswerFile, sha256};
use scratch::Scratch;

/// How many checks of an answer run at once. One that hangs does nothing for seconds, and the
/// others should not wait for it.
const CHECKS_AT_ONCE: usize = 2;

/// Judges answers, several at a time, each in a folder of its own.
#[derive(Debug)]
pub struct Grader<'a> {
    workbook: &'a Workbook,
    recorder: PathBuf,
    isolation: Isolation,
    exercises: BTreeMap<u32, Prepared>,
    store: Store,
    scratch: Scratch,
}

/// What is made once for all answers to an exercise.
#[derive(Debug)]
struct Prepared {
    ingredients: Ingredients,
    stub: String,
    /// Made when it is first needed: all verdicts may be known.
    template: OnceLock<Result<Template, Fault>>,
}

impl<'a> Grader<'a> {
    /// A grader for these exercises. `recorder` is the program `grade`.
    ///
    /// # Errors
    ///
    /// If a file of the workbook cannot be read, or there is no place to compile answers in.
    pub fn new(
        workbook: &'a Workbook,
        exercises: &[Arc<Exercise>],
        isolation: Isolation,
        recorder: &Path,
    ) -> Result<Self, Fault> {
        let prepared = |exercise: &Arc<Exercise>| {
            let stub = exercise.stub();
            let prepared = Prepared {
                ingredients: Ingredients::of(workbook, exercise, isolation)?,
                stub: fs::read_to_string(&stub).map_err(Fault::of(stub.display()))?,
                template: OnceLock::new(),
            };
            Ok((exercise.number, prepared))
        };
        Ok(Self {
            workbook,
            recorder: recorder.to_owned(),
            isolation,
            exercises: exercises.iter().map(prepared).collect::<Result<_, _>>()?,
            store: Store::of(workbook),
            scratch: Scratch::take(&workbook.root().join("target/interleave/scratch"))?,
        })
    }

    /// The verdict on an answer by some checks of an exercise: one that is known, or a new one.
    /// No two calls with the same `slot` may run at a time.
    pub fn judge_by(
        &self,
        slot: usize,
        exercise: &Arc<Exercise>,
        text: &str,
        checks: &[&Check],
    ) -> Verdict {
        let judged = || -> Result<Verdict, Fault> {
            let prepared = self.prepared(exercise)?;
            let key = prepared.ingredients.key(&sha256(text.as_bytes()), checks);
            if let Some(verdict) = self.store.get(&key) {
                return Ok(verdict);
            }
            let template = self.template(exercise, prepared)?;
            let slot = self.scratch.slot(slot)?;
            let answer = template.lay_out(slot.path(), text)?;
            let backend = Replay { template, folder: slot.path() };
            let verdict = judge::judge_on(&backend, &answer, checks, None, &Progress::hidden());
            self.store.put(&key, &verdict)?;
            Ok(verdict)
        };
        judged()
            .unwrap_or_else(|Fault(text)| without_checks(exercise, Status::GraderError, Some(text)))
    }

    fn prepared(&self, exercise: &Exercise) -> Result<&Prepared, Fault> {
        let number = exercise.number;
        let prepared = self.exercises.get(&number);
        prepared.ok_or_else(|| Fault(format!("exercise {number} is not one of those to grade")))
    }

    fn template<'b>(
        &self,
        exercise: &Arc<Exercise>,
        prepared: &'b Prepared,
    ) -> Result<&'b Template, Fault> {
        let build = || {
            let number = exercise.number;
            terminal::print_error(format!("building the checks of exercise {number}, once"));
            let progress = Progress::of_one();
            Template::build(self.workbook, exercise, &self.recorder, move |line| progress.say(line))
        };
        let template = prepared.template.get_or_init(build);
        template.as_ref().map_err(|Fault(text)| Fault(text.clone()))
    }

    fn key_of(&self, exercise: &Exercise, answer_sha256: &str) -> Result<Key, Fault> {
        let checks: Vec<&Check> = exercise.checks.iter().collect();
        Ok(self.prepared(exercise)?.ingredients.key(answer_sha256, &checks))
    }
}

impl Judge for Grader<'_> {
    fn key(&self, exercise: &Exercise, answer: &AnswerFile) -> String {
        let key = self.key_of(exercise, &answer.sha256);
        key.expect("the exercise is one of those to grade").to_string()
    }

    fn judge(&self, slot: usize, exercise: &Arc<Exercise>, answer: &AnswerFile) -> Verdict {
        let text = fs::read_to_string(&answer.path).map_err(Fault::of(answer.path.display()));
        let text = match text {
            Ok(text) => text,
            Err(Fault(text)) => return without_checks(exercise, Status::GraderError, Some(text)),
        };
        if self.prepared(exercise).is_ok_and(|prepared| same_lines(&prepared.stub, &text)) {
            return without_checks(exercise, Status::NotStarted, None);
        }
        let checks: Vec<&Check> = exercise.checks.iter().collect();
        self.judge_by(slot, exercise, &text, &checks)
    }

    fn isolation(&self) -> Isolation {
        self.isolation
    }
}

fn without_checks(exercise: &Exercise, status: Status, message: Option<String>) -> Verdict {
    let package = format!("exercise-{}", exercise.number);
    Verdict::without_checks(&package, status, message, exercise, Duration::ZERO)
}

/// The rustc calls of a template, on the answer in a folder.
struct Replay<'a> {
    template: &'a Template,
    folder: &'a Path,
}

impl Backend for Replay<'_> {
    fn compile(&self, cfg: Option<&str>) -> Result<Build, Fault> {
        self.template.compile(self.folder, cfg)
    }

    fn tests(&self, _binary: &Path) -> Result<Tests, Fault> {
        Ok(self.template.tests())
    }

    fn checks_at_once(&self) -> usize {
        CHECKS_AT_ONCE
    }
}
