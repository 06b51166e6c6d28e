//! Includes the shared checks.

#[path = "../../../tests/5-logging/checks/mod.rs"]
mod checks;
