//! Includes the shared checks.

#[path = "../../../tests/3-streaming/checks/mod.rs"]
mod checks;
