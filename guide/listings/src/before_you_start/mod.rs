//! Programs of the chapter on before you start.

crate::listings!();
