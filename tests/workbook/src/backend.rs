//! What compiles an answer and runs its checks.

use std::path::Path;
use std::thread;

use schedule::runner::Launcher;

use crate::Fault;
use crate::answer::AnswerSource;
use crate::compile::{Build, cargo};
use crate::progress::Progress;
use crate::run::{self, Tests};

/// How many checks run at once on each processor. One that hangs does nothing for seconds, and
/// the others should not wait for it.
const CHECKS_PER_PROCESSOR: usize = 2;

/// What compiles an answer and runs its checks.
pub trait Backend: Sync {
    /// Compiles the answer with its checks, with one more `cfg` for the checks if that is asked
    /// for.
    ///
    /// # Errors
    ///
    /// If the compiler cannot be run.
    fn compile(&self, cfg: Option<&str>) -> Result<Build, Fault>;

    /// The checks of a test binary that [`compile`](Self::compile) has made.
    ///
    /// # Errors
    ///
    /// If the binary cannot be run.
    fn tests(&self, binary: &Path) -> Result<Tests, Fault>;

    /// What starts the checks of such a binary.
    fn launcher(&self, binary: &Path) -> Box<dyn Launcher + '_>;

    /// How many checks run at once.
    fn checks_at_once(&self) -> usize;
}

/// Cargo, on an answer of this workspace or of a stage.
#[derive(Debug)]
pub struct Cargo<'a> {
    /// The answer.
    pub answer: &'a AnswerSource,
    /// Shows what cargo does.
    pub progress: &'a Progress,
}

impl Backend for Cargo<'_> {
    fn compile(&self, cfg: Option<&str>) -> Result<Build, Fault> {
        let progress = self.progress.clone();
        cargo::build(self.answer, cfg, move |line| progress.say(line), |_| ())
    }

    fn tests(&self, binary: &Path) -> Result<Tests, Fault> {
        run::tests(binary)
    }

    fn launcher(&self, binary: &Path) -> Box<dyn Launcher + '_> {
        Box::new(binary.to_owned())
    }

    fn checks_at_once(&self) -> usize {
        thread::available_parallelism().map_or(2, usize::from) * CHECKS_PER_PROCESSOR
    }
}
