//! Programs of the chapter on shared state.

crate::listings!(
    atomics,
    barrier,
    cache,
    condvar,
    counter,
    guard_before_await,
    guard_scope,
    join_set,
    once,
    once_cancelled,
    once_lock,
    once_panics,
    poisoning,
    scope,
    token_too_late,
    tokio_mutex,
);
