//! Programs of the chapter on channels.

crate::listings!();
