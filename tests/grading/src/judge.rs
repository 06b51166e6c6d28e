//! Judges the answers of a class.

mod in_jail;
mod scratch;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use workbook::answer::Owner;
use workbook::exercise::{Check, Exercise};
use workbook::progress::Progress;
use workbook::status::same_lines;
use workbook::verdict::{CheckResult, CheckStatus, Status, Verdict};
use workbook::{Fault, Workbook, judge, terminal};

use crate::class::Judge;
use crate::compile::Template;
use crate::gradebook::Isolation;
use crate::jail::Jail;
use crate::store::{Ingredients, Store};
use crate::submission::{AnswerFile, sha256};
use in_jail::InJail;
use scratch::{Scratch, let_all_read};

/// Judges answers, several at a time, each in a folder of its own.
#[derive(Debug)]
pub struct Grader<'a> {
    workbook: &'a Workbook,
    jail: Option<&'a Jail>,
    grade: PathBuf,
    exercises: BTreeMap<String, Prepared>,
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
    /// What came of the solution, judged as the answers are.
    trial: OnceLock<Result<(), Fault>>,
}

impl<'a> Grader<'a> {
    /// A grader for these exercises, which runs answers in a jail; without one if they are the
    /// workbook's own. `grade` is the program of that name.
    ///
    /// # Errors
    ///
    /// If a file of the workbook cannot be read, or there is no place to compile answers in.
    pub fn new(
        workbook: &'a Workbook,
        exercises: &[Arc<Exercise>],
        jail: Option<&'a Jail>,
        grade: &Path,
    ) -> Result<Self, Fault> {
        let prepared = |exercise: &Arc<Exercise>| {
            let stub = exercise.stub();
            let prepared = Prepared {
                ingredients: Ingredients::of(workbook, exercise, isolation(jail))?,
                stub: fs::read_to_string(&stub).map_err(Fault::of(stub.display()))?,
                template: OnceLock::new(),
                trial: OnceLock::new(),
            };
            Ok((exercise.label(), prepared))
        };
        Ok(Self {
            workbook,
            jail,
            grade: grade.to_owned(),
            exercises: exercises.iter().map(prepared).collect::<Result<_, _>>()?,
            store: Store::of(workbook),
            scratch: Scratch::take(&workbook.target().join("interleave/scratch"))?,
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
            let verdict = self.judge_anew(slot, exercise, text, checks)?;
            if !matches!(verdict.status, Status::Passed | Status::Refused | Status::GraderError) {
                self.check_the_solution(slot, exercise, prepared)?;
            }
            self.store.put(&key, &verdict);
            Ok(verdict)
        };
        judged()
            .unwrap_or_else(|Fault(text)| without_checks(exercise, Status::GraderError, Some(text)))
    }

    fn judge_anew(
        &self,
        slot: usize,
        exercise: &Arc<Exercise>,
        text: &str,
        checks: &[&Check],
    ) -> Result<Verdict, Fault> {
        let template = self.template(exercise)?;
        let slot = self.scratch.slot(slot)?;
        let answer = template.lay_out(slot.path(), text)?;
        let_all_read(slot.path())?;
        let backend = InJail { jail: self.jail, template, folder: slot.path() };
        Ok(judge::judge_on(&backend, &answer, checks, None, &Progress::hidden()))
    }

    /// Before an answer is said to be wrong, the solution has to pass here, once. Else a jail that
    /// lacks something, or a workbook that is broken, would cost learners their points.
    fn check_the_solution(
        &self,
        slot: usize,
        exercise: &Arc<Exercise>,
        prepared: &Prepared,
    ) -> Result<(), Fault> {
        let trial = || {
            let solution = self.workbook.answer(exercise, Owner::Workbook);
            let text = solution.read()?.ok_or_else(|| solution.missing())?;
            let checks: Vec<&Check> = exercise.checks.iter().collect();
            let verdict = self.judge_anew(slot, exercise, &text, &checks)?;
            if verdict.status == Status::Passed {
                return Ok(());
            }
            let passes = |check: &&CheckResult| check.status == CheckStatus::Passed;
            let failing = verdict.checks.iter().find(|check| !passes(check));
            let why =
                verdict.message.as_deref().or(failing.and_then(|check| check.message.as_deref()));
            let why = why.unwrap_or_default();
            Err(Fault(format!(
                "{} does not pass here, so no answer can be judged: {why}",
                solution.package
            )))
        };
        prepared
            .trial
            .get_or_init(trial)
            .as_ref()
            .map_or_else(|fault| Err(fault.clone()), |()| Ok(()))
    }

    fn prepared(&self, exercise: &Exercise) -> Result<&Prepared, Fault> {
        let label = exercise.label();
        let prepared = self.exercises.get(&label);
        prepared.ok_or_else(|| Fault(format!("exercise {label} is not one of those to grade")))
    }

    fn template(&self, exercise: &Arc<Exercise>) -> Result<&Template, Fault> {
        let build = || {
            let label = exercise.label();
            terminal::print_error(format!("building the checks of exercise {label}, once"));
            let progress = Progress::of_one();
            let say = move |line: &str| progress.say(line);
            let libraries = self.scratch.path().join(format!("libraries-{label}"));
            let built = Template::build(self.workbook, exercise, &self.grade, &libraries, say)?;
            let_all_read(&libraries)?;
            Ok(built)
        };
        self.prepared(exercise)?.template.get_or_init(build).as_ref().map_err(Fault::clone)
    }
}

impl Judge for Grader<'_> {
    fn key(&self, exercise: &Exercise, answer: &AnswerFile) -> String {
        let prepared = self.prepared(exercise).expect("it is one of the exercises to grade");
        let checks: Vec<&Check> = exercise.checks.iter().collect();
        prepared.ingredients.key(&answer.sha256, &checks).to_string()
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
        isolation(self.jail)
    }
}

fn isolation(jail: Option<&Jail>) -> Isolation {
    jail.map_or(Isolation::Unsandboxed, Jail::isolation)
}

fn without_checks(exercise: &Exercise, status: Status, message: Option<String>) -> Verdict {
    let package = format!("exercise-{}", exercise.label());
    Verdict::without_checks(&package, status, message, exercise, Duration::ZERO)
}
