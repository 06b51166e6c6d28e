//! `just grade`, and what belongs to it.

fn main() {}
