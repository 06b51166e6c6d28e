//! Carries the patches of bugs over to solutions and designs that have changed.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use super::NOT_PASSED;
use crate::known::{self, Bug};
use crate::{Fault, Workbook, read, terminal};

/// Rewrites each patch whose base differs from the last commit: the patch is applied to the
/// committed base, and the result merged with the base as it is now.
///
/// A patch that cannot be carried over is named, and left as it is.
///
/// # Errors
///
/// If git or a file does not do as asked.
pub fn run(workbook: &Workbook) -> Result<ExitCode, Fault> {
    let mut committed: BTreeMap<PathBuf, String> = BTreeMap::new();
    let (mut rewritten, mut left) = (0, 0);
    for exercise in workbook.with_optional() {
        for (name, path) in known::files(&exercise.tests.join("bugs"), "patch")? {
            let mut bases = None;
            let bug = Bug::read_on(workbook, &path, |base| {
                let old = match committed.get(base) {
                    Some(old) => old.clone(),
                    None => at_last_commit(workbook.root(), base)?,
                };
                committed.insert(base.to_owned(), old.clone());
                bases = Some((old.clone(), read(&workbook.root().join(base))?));
                Ok(old)
            });
            let carried = bug.and_then(|bug| match &bases {
                Some((old, new)) if old != new => bug.carried_over(old, new).map(Some),
                _ => Ok(None),
            });
            match carried {
                Ok(None) => {}
                Ok(Some(bug)) => {
                    fs::write(&path, bug.to_string()).map_err(Fault::of(path.display()))?;
                    rewritten += 1;
                }
                Err(fault) => {
                    terminal::print_error(format!("{}/{name}: {fault}", exercise.label()));
                    left += 1;
                }
            }
        }
    }
    terminal::print(&format!("{rewritten} patches are rewritten, {left} are left as they are\n"))?;
    Ok(if left == 0 { ExitCode::SUCCESS } else { ExitCode::from(NOT_PASSED) })
}

/// The text of a file in the last commit.
fn at_last_commit(root: &Path, file: &Path) -> Result<String, Fault> {
    let object = format!("HEAD:{}", file.display()).replace('\\', "/");
    let git = Command::new("git").current_dir(root).args(["show", &object]).output();
    let git = git.map_err(Fault::of("git cannot be run"))?;
    match git.status.success() {
        true => String::from_utf8(git.stdout).map_err(Fault::of(file.display())),
        false => Err(Fault(format!("{} is not in the last commit", file.display()))),
    }
}
