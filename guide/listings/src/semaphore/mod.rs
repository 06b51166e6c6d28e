//! Programs of the chapter on exercise 4.

crate::listings!();
