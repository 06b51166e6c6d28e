//! Programs of the chapter on race detection.

crate::listings!(await_between, await_locked, by_preemptions, loom_test, repaired, shuttle_seeds);
