//! Programs of the chapter on generics.

crate::listings!();
