//! Programs of the chapter on exercise 2.

crate::listings!(abort, join_set, payload, reserve);
