//! `just grade`: a folder of submissions becomes a folder of grades.

use std::path::PathBuf;
use std::process::ExitCode;

use workbook::{Fault, Workbook, interrupt, terminal};

use super::{exercises, finish};
use crate::class::{self, Options, Progress};
use crate::intake;
use crate::jail::Jail;
use crate::judge::Grader;
use crate::out::Out;

/// What to grade.
#[derive(Debug)]
pub struct Request {
    /// The folder or the archive of submissions.
    pub submissions: PathBuf,
    /// The names of the exercises; none means all.
    pub exercises: Vec<String>,
    /// The list of the learners.
    pub roster: Option<PathBuf>,
    /// The folder for the grades.
    pub out: PathBuf,
    /// Whether to go on where nothing keeps answers from doing harm.
    pub unsandboxed: bool,
    /// What else can be chosen.
    pub options: Options,
}

/// Runs the command.
///
/// # Errors
///
/// If the submissions cannot be read as a whole, if nothing here keeps answers from doing harm,
/// or if a file of the grades cannot be written.
pub fn run(workbook: &Workbook, request: &Request) -> Result<ExitCode, Fault> {
    interrupt::ends_this_process()?;
    let exercises = exercises(workbook, &request.exercises)?;
    let out = Out::open(&request.out)?;
    let answers = out.folder().join("answers");
    let roster = request.roster.as_deref();
    let class = intake::collect(&request.submissions, roster, &answers, &exercises)?;
    let program = std::env::current_exe().map_err(Fault::of("the running program"))?;
    let jail = Jail::probe(&program, request.unsandboxed)?;
    if let Some(warning) = jail.warning() {
        terminal::print_error(warning);
    }
    let grader = Grader::new(workbook, &exercises, Some(&jail), &program)?;
    let progress = Progress::new();
    let grades = class::grade(&class, &exercises, &request.options, &grader, &out, &progress);
    drop(progress);
    finish(&grades?, &out)
}
