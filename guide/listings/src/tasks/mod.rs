//! Programs of the chapter on tasks and threads.

crate::listings!(spawn);
