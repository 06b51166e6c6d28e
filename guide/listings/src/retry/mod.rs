//! Programs of the chapter on exercise 1.

crate::listings!(arithmetic, dropped_late, herd, limits, pauses, rounding);
