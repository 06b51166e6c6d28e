//! An Ollama server for tests, without a model.
//!
//! It answers as a local Ollama does on every route that a client needs to list and run
//! models. It has the models `llama3.2` and `all-minilm`, and always gives the same answer to
//! the same prompt. A test can
//!
//! - hold requests at [gates](Gate), see how many are in flight, release them in any order,
//!   and see that a client has disconnected: [`Mock::gate`];
//! - make requests [fail](Fault) in every way in which Ollama fails: [`Mock::script`];
//! - read [which requests came](Mock::requests) and the state of Ollama's
//!   [queue](Mock::queue).
//!
//! The mock never sleeps, and no decision depends on how fast the machine is. It runs on a
//! thread of its own, so a test may block its own thread or pause tokio's clock, and the
//! futures of this crate can be awaited under any executor. They are boxed: so their code is
//! compiled with this crate, and not again with each test, while a learner waits.
//!
//! ```no_run
//! # async fn test(client: impl Fn(String)) {
//! use ollama_mock::{At, Failure, Mock};
//!
//! let mock = Mock::start().await;
//! mock.script([Failure::busy()]);
//! let gate = mock.gate(At::Arrival);
//! gate.close();
//! client(mock.uri());
//! gate.wait_for(2).await;
//! assert_eq!(gate.max_in_flight(), 2);
//! gate.release(1);
//! gate.open();
//! # }
//! ```

#![warn(missing_docs)]

mod connection;
mod decode;
mod duration;
mod fault;
mod gate;
mod generator;
mod handler;
mod listener;
mod mock;
mod models;
mod origin;
mod queue;
mod reply;
mod request;
mod routes;
mod run;
mod server;
mod steps;

use std::sync::{Mutex, MutexGuard, PoisonError};

pub use fault::{End, Failure, Fault};
pub use gate::{Counts, Gate};
pub use mock::{Builder, Mock};
pub use queue::Waiting;
pub use request::{Outcome, Request, Served};
pub use server::At;

/// The port on which Ollama listens by default.
pub const PORT: u16 = 11434;

/// Locks a mutex even if it is poisoned: a test's closure that panics must not stop the mock,
/// and no state in this crate is ever left half changed.
fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
