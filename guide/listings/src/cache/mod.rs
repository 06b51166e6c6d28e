//! Programs of the chapter on exercise 6.

crate::listings!(dropped_under_the_lock, one_computes, seen_by_readers);
