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
    let missing = || Fault(format!("{} has no part {name}", file.display()));
    let new = replaced(&old, name, text).ok_or_else(missing)?;
    fs::write(file, new).map_err(Fault::of(file.display()))
}

fn replaced(old: &str, name: &str, text: &str) -> Option<String> {
    let (start, end) = (format!("<!-- {name} -->\n"), format!("<!-- end of {name} -->\n"));
    let (before, rest) = old.split_once(&start)?;
    let (_, after) = rest.split_once(&end)?;
    Some(format!("{before}{start}{text}\n{end}{after}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_part_of_that_name_is_replaced() {
        let part = |name, text| format!("<!-- {name} -->\n{text}<!-- end of {name} -->\n");
        let old = format!("before\n{}between\n{}after\n", part("one", "1\n"), part("two", ""));
        let new = format!("before\n{}between\n{}after\n", part("one", "1\n"), part("two", "2\n"));
        assert_eq!(replaced(&old, "two", "2"), Some(new));
    }

    #[test]
    fn a_part_that_is_missing_or_has_no_end_is_not_replaced() {
        assert_eq!(replaced("before\n", "one", "1"), None);
        assert_eq!(replaced("<!-- one -->\n1\n", "one", "1"), None);
    }
}
