//! The mock's own tests. They wait for what happens, and never for time to pass.

mod errors;
mod faults;
mod gates;
mod program;
mod queue;
mod raw;
mod routes;
