//! Programs of the chapter on select.

crate::listings!();
