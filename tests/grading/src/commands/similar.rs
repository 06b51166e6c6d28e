//! `just similar`: which answers are alike.

use std::path::Path;
use std::process::ExitCode;

use workbook::{Fault, Workbook, interrupt, terminal};

use crate::intake;
use crate::out::{self, Out};
use crate::similar;

/// Runs the command, for these exercises or for all.
///
/// # Errors
///
/// If there is no such exercise, if the submissions cannot be read as a whole, or if a file
/// cannot be written.
pub fn run(
    workbook: &Workbook,
    submissions: &Path,
    names: &[String],
    out: &Path,
) -> Result<ExitCode, Fault> {
    interrupt::ends_this_process()?;
    let exercises = super::exercises(workbook, names)?;
    let out = Out::open(out)?;
    let answers = tempfile::tempdir().map_err(Fault::of("a folder for copies"))?;
    let class = intake::collect(submissions, None, answers.path(), &exercises)?;
    let similar = similar::compare_class(workbook, &exercises, &class)?;
    let page = out.folder().join("similar.html");
    out.write_json("similar.json", &similar)?;
    out::write(&page, similar::page(&similar).as_bytes())?;
    terminal::print(&similar::table(&similar, &page))?;
    Ok(ExitCode::SUCCESS)
}
