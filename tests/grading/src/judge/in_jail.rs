//! Compiles an answer and runs its checks in a jail.

use std::path::{Path, PathBuf};
use std::time::Duration;

use schedule::runner::Launcher;
use workbook::Fault;
use workbook::backend::Backend;
use workbook::compile::Build;
use workbook::run::Tests;

use crate::compile::Template;
use crate::jail::{self, Jail, Limits, Room};

/// How many checks of an answer run at once. One that hangs does nothing for seconds, and the
/// others should not wait for it.
const CHECKS_AT_ONCE: usize = 2;
/// What a check may use. Its watchdog has lower limits, and says more about them.
const LIMITS: Limits = Limits {
    processor_time: Duration::from_secs(120),
    memory: 1 << 30,
    processes: 64,
    file_size: 16 << 20,
    open_files: 1024,
};
/// A check that its watchdog did not end is ended after this long.
const WALL_LIMIT: Duration = Duration::from_secs(300);

/// An answer in a folder.
pub(super) struct InJail<'a> {
    /// `None` for an answer of the workbook's own, which runs as it does for a learner.
    pub jail: Option<&'a Jail>,
    pub template: &'a Template,
    pub folder: &'a Path,
}

impl Backend for InJail<'_> {
    fn compile(&self, cfg: Option<&str>) -> Result<Build, Fault> {
        self.template.compile(self.jail, self.folder, cfg)
    }

    fn tests(&self, _binary: &Path) -> Result<Tests, Fault> {
        Ok(self.template.tests())
    }

    fn launcher(&self, binary: &Path) -> Box<dyn Launcher + '_> {
        let Some(jail) = self.jail else { return Box::new(binary.to_owned()) };
        Box::new(jail::Check {
            jail,
            binary: binary.to_owned(),
            room: Room {
                readable: Vec::new(),
                writable: Vec::new(),
                folder: PathBuf::from("/"),
                environment: <_>::default(),
                limits: LIMITS,
            },
            records: self.folder.to_owned(),
            wall_limit: WALL_LIMIT,
        })
    }

    fn checks_at_once(&self) -> usize {
        CHECKS_AT_ONCE
    }
}
