//! Programs of the chapter on before you start.

crate::listings!(
    by_hand,
    errors,
    forgotten_waker,
    lazy,
    logged,
    moved,
    ollama_fake,
    ollama_mock,
    paused_but_blocking,
    paused_clock,
    runtime,
    tested,
    together,
    traits,
);
