//! Attacks at compile time.

use grading::jail::Jail;

use crate::Cells;
use crate::range::Range;

/// Compiles all attacks in a jail.
pub fn all(_range: &mut Range, _jail: &Jail) -> Cells {
    Vec::new()
}
