//! Programs of the chapter on exercise 3.

crate::listings!();
