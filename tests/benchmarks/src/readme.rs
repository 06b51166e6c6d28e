//! The parts of a README that a command writes.

use std::fs;
use std::path::Path;

use workbook::Fault;

/// Replaces what is between the comments `<!-- name -->` and `<!-- end of name -->`.
///
/// # Errors
///
/// If the file has no such part, cannot be read, or cannot be written.
pub fn replace_part(file: &Path, name: &str, text: &str) -> Result<(), Fault> {
    let old = fs::read_to_string(file).map_err(Fault::of(file.display()))?;
    let (start, end) = (format!("<!-- {name} -->\n"), format!("<!-- end of {name} -->\n"));
    let missing = || Fault(format!("{} has no part {name}", file.display()));
    let (before, rest) = old.split_once(&start).ok_or_else(missing)?;
    let (_, after) = rest.split_once(&end).ok_or_else(missing)?;
    fs::write(file, format!("{before}{start}{text}\n{end}{after}"))
        .map_err(Fault::of(file.display()))
}
