//! Programs of the chapter on exercise 2.

crate::listings!();
