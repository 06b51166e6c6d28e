//! Programs of the chapter on exercise 5.

crate::listings!(
    all_arguments,
    filtered,
    first_poll,
    gauge,
    guard_across_await,
    half_way,
    instrumented,
    spans,
    tower_layer,
    unwinding,
);
