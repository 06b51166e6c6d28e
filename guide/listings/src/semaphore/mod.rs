//! Programs of the chapter on exercise 4.

crate::listings!(both, by_hand, event, gate, guard_lives, limit, polled_again, slots);
