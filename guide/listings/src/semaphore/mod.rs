//! Programs of the chapter on exercise 4.

crate::listings!(both, by_hand, event, gate, limit, polled_again, slots);
