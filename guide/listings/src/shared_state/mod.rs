//! Programs of the chapter on shared state.

crate::listings!();
