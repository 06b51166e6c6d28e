//! Programs of the chapter on bounded concurrency.

crate::listings!(cancel, keeps_sender, load, lock_held, panics, threads, unbounded_queue, ways);
