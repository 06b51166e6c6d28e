//! Programs of the chapter on tasks and threads.

crate::listings!(
    abort,
    blocked,
    clone_for_each,
    cpu,
    drop_cancels,
    end_of_main,
    join_set,
    no_await_no_timeout,
    one_by_one,
    order,
    panics,
    scope,
    spawn,
    spawn_blocking,
    spawn_thread,
    token,
    token_stops,
    tracker,
    yield_now,
);
