//! Programs of the chapter on race detection.

crate::listings!();
