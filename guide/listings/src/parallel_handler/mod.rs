//! Programs of the chapter on exercise 3.

crate::listings!(
    always_ready,
    buffered,
    check_await_act,
    join_set,
    kept_outside,
    left_behind,
    many_in_one,
    permit_dropped,
    timeout_place,
);
