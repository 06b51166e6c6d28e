//! Programs of the chapter on exercise 1.

crate::listings!();
