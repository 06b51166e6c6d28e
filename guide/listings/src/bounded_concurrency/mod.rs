//! Programs of the chapter on bounded concurrency.

crate::listings!();
