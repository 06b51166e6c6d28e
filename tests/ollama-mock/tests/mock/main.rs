//! Tests of the mock. They wait for events, and never for time to pass.

mod errors;
mod faults;
mod gates;
mod queue;
mod raw;
mod routes;
