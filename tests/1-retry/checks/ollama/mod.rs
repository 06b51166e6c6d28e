//! `retry` with the given client, against a mock of Ollama that fails as Ollama does.
//!
//! Sockets need the real clock, but no check here waits for time to pass or measures it: a
//! check holds requests at gates and counts them. To show that something does *not* happen,
//! a check makes the same thing happen elsewhere, later, and waits for that.

mod concurrency;
mod connections;
mod failures;

use std::future::Future;
use std::num::NonZeroU32;
use std::time::Duration;

use harness::LocalBoxFuture;
use ollama::{Client, Error, GenerateRequest, GenerateResponse};
use ollama_mock::Mock;
use retry::{RetryBudget, RetryError, RetryPolicy};
use tokio_util::sync::CancellationToken;

use super::check_io;

/// Longer than any check takes.
const YEAR: Duration = Duration::from_secs(365 * 24 * 60 * 60);

/// A policy without waits: the delays are zero, with jitter, too.
fn policy() -> RetryPolicy {
    RetryPolicy {
        max_attempts: NonZeroU32::new(10).expect("it is not zero"),
        base_delay: Duration::ZERO,
        max_delay: YEAR,
        jitter: true,
        attempt_timeout: None,
    }
}

fn ample() -> RetryBudget {
    RetryBudget::new(1_000, 0.1)
}

/// A mock that answers at once, and a client for it.
struct Setting {
    mock: Mock,
    client: Client,
    request: GenerateRequest,
}

impl Setting {
    async fn new() -> Self {
        let mock = Mock::builder().parallel(8).warm().start().await;
        let mock = mock.expect("a free port on this machine");
        let client = Client::new(&mock.uri()).expect("the mock's address");
        Self { mock, client, request: GenerateRequest::new("llama3.2", "Why is the sky blue?") }
    }

    async fn generate(&self) -> Result<GenerateResponse, Error> {
        self.client.generate(&self.request).await
    }

    fn requests(&self) -> usize {
        self.mock.requests().len()
    }
}

type Answer = Result<GenerateResponse, RetryError<Error>>;

/// Calls the answer's `retry`. Operation and call are boxed, so that the answer is compiled once, and not again for each
/// check, while the learner waits.
fn retry<'a, Fut>(
    policy: &'a RetryPolicy,
    budget: &'a RetryBudget,
    cancel: &'a CancellationToken,
    mut operation: impl FnMut(u32) -> Fut + 'a,
) -> LocalBoxFuture<'a, Answer>
where
    Fut: Future<Output = Result<GenerateResponse, Error>> + 'a,
{
    let boxed = move |attempt| Box::pin(operation(attempt)) as LocalBoxFuture<_>;
    let operation: Box<dyn FnMut(u32) -> LocalBoxFuture<'a, _> + 'a> = Box::new(boxed);
    Box::pin(retry::retry(policy, budget, cancel, operation))
}

/// A result of `retry`, for messages.
fn in_words(answer: &Answer) -> String {
    match answer {
        Ok(reply) => format!("the reply {:?}", reply.response),
        Err(RetryError::Permanent(error)) => format!("`Permanent`: {error}"),
        Err(RetryError::Exhausted { attempts, last }) => {
            format!("`Exhausted` after {attempts} attempts: {last}")
        }
        Err(RetryError::OverBudget { attempts, last }) => {
            format!("`OverBudget` after {attempts} attempts: {last}")
        }
        Err(RetryError::TimedOut { attempts }) => format!("`TimedOut` after {attempts} attempts"),
        Err(RetryError::Cancelled) => "`Cancelled`".to_owned(),
    }
}

#[track_caller]
fn assert_answered(answer: &Answer, when: &str) {
    assert!(
        matches!(answer, Ok(reply) if reply.done && !reply.response.is_empty()),
        "{when}: `retry` should have returned the server's reply, but returned {}",
        in_words(answer)
    );
}

#[track_caller]
fn assert_cancelled(answer: &Answer, when: &str) {
    assert!(
        matches!(answer, Err(RetryError::Cancelled)),
        "cancelled {when}, `retry` should have returned `Cancelled`, but returned {}",
        in_words(answer)
    );
}
