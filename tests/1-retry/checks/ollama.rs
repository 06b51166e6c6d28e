//! `retry` around the given client, against an Ollama that fails in Ollama's own ways.
//!
//! All of it is on sockets, and so on the real clock; but nothing here waits for time to go
//! by, or asks how much has. Where something must *not* happen, the same thing is brought
//! about elsewhere, later; once that is there, what has not happened by then never will.

use std::cell::{Cell, RefCell};
use std::error::Error as _;
use std::num::NonZeroU32;
use std::pin::{Pin, pin};
use std::time::Duration;

use harness::doing;
use ollama::{Client, Error, GenerateRequest, GenerateResponse};
use ollama_mock::{At, End, Failure, Fault, Gate, Mock};
use retry::{RetryBudget, RetryError, RetryPolicy, retry};
use tokio::sync::Notify;
use tokio::{join, select};
use tokio_util::sync::CancellationToken;

use super::check_io;

/// Longer than any check, and no more than that: how much is for ever, others ask.
const YEAR: Duration = Duration::from_secs(365 * 24 * 60 * 60);
const YEAR_IN_SECONDS: u64 = YEAR.as_secs();

/// Goes on without a wait. With jitter that is the same.
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

/// A mock that answers at once, and a client of it.
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

/// What a call of `retry` came to, for a message.
fn told(answer: &Answer) -> String {
    match answer {
        Ok(reply) => format!("the answer {:?}", reply.response),
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
        "{when}, there is an answer, and `retry` returns {}",
        told(answer)
    );
}

#[track_caller]
fn assert_cancelled(answer: &Answer, when: &str) {
    assert!(
        matches!(answer, Err(RetryError::Cancelled)),
        "cancelled {when}, `retry` returns {}",
        told(answer)
    );
}

#[test]
fn a_busy_server_is_asked_again() {
    check_io(|| async {
        let ollama = Setting::new().await;
        ollama.mock.script([Failure::busy(), Failure::busy()]);
        let mut numbers = Vec::new();
        let _doing = doing("asking a server that is busy twice, and then answers");
        let answer = retry(&policy(), &ample(), &CancellationToken::new(), |attempt| {
            numbers.push(attempt);
            ollama.generate()
        })
        .await;
        assert_answered(&answer, "after 503 and 503");
        assert!(
            numbers == [1, 2, 3],
            "503, 503, and 200: the attempts have the numbers {numbers:?}"
        );
        let requests = ollama.mock.requests();
        assert!(requests.len() == 3, "503, 503, and 200: {} requests came", requests.len());
        let same = requests.iter().all(|request| request.body() == requests[0].body());
        assert!(same, "the same is asked for three times, and the requests differ: {requests:?}");
    });
}

#[test]
fn a_reply_that_breaks_off_is_asked_for_again() {
    check_io(|| async {
        let ollama = Setting::new().await;
        let cut = |end| Fault::Cut { after: 0, end, then_refuse: false };
        for (fault, what) in [
            (cut(End::Fin), "its body is cut"),
            (cut(End::Reset), "its connection is reset inside the body"),
            (Fault::HangUp(End::Fin), "its connection is closed before it begins"),
            (Fault::HangUp(End::Reset), "its connection is reset before it begins"),
            (Fault::Crash { after: 0 }, "the model's process crashes: 500"),
            (Fault::NoDone { after: 0 }, "it ends without `done`"),
        ] {
            let before = ollama.requests();
            ollama.mock.script([fault]);
            let _doing = doing(format!("asking for a reply, and again: {what}"));
            let never = CancellationToken::new();
            let answer = retry(&policy(), &ample(), &never, |_| ollama.generate()).await;
            assert_answered(&answer, &format!("at the second attempt ({what} at the first)"));
            let requests = ollama.requests() - before;
            assert!(
                requests == 2,
                "two attempts are enough ({what}), and {requests} requests came"
            );
        }
    });
}

#[test]
fn a_server_that_restarts_is_asked_again() {
    check_io(|| async {
        let ollama = Setting::new().await;
        ollama.mock.script([Fault::Cut { after: 0, end: End::Fin, then_refuse: true }]);
        let _doing = doing(
            "asking a server that breaks off, is gone at the next two attempts, and comes back",
        );
        let errors = RefCell::new(Vec::new());
        let never = CancellationToken::new();
        let answer = retry(&policy(), &ample(), &never, |attempt| {
            let (ollama, errors) = (&ollama, &errors);
            async move {
                if attempt == 4 {
                    ollama.mock.come_up().await.expect("the mock keeps its port");
                }
                let reply = ollama.generate().await;
                errors.borrow_mut().extend(reply.as_ref().err().map(ToString::to_string));
                reply
            }
        })
        .await;
        assert_answered(&answer, "when the server is back");
        let errors = errors.into_inner();
        assert!(errors.len() == 3, "cut, refused, refused, and 200: the failures are {errors:?}");
        let requests = ollama.requests();
        assert!(requests == 2, "two attempts reach the server, and {requests} requests came");
    });
}

#[test]
fn what_cannot_work_is_asked_for_once() {
    check_io(|| async {
        let ollama = Setting::new().await;
        for (failure, code) in [
            (Failure::new(404, "model 'missing' not found"), 404),
            (Failure::new(500, "option \"temperature\" must be of type float32"), 500),
            // To come back later is good advice only to those who have a chance.
            (Failure::from_a_proxy(403, 0), 403),
        ] {
            let before = ollama.requests();
            ollama.mock.script([failure]);
            let _doing = doing(format!("asking for what the server answers {code} to"));
            let never = CancellationToken::new();
            let answer = retry(&policy(), &ample(), &never, |_| ollama.generate()).await;
            let requests = ollama.requests() - before;
            assert!(requests == 1, "{code} is for good, and {requests} requests came");
            let Err(error @ RetryError::Permanent(_)) = &answer else {
                panic!("{code} is for good, and `retry` returns {}", told(&answer));
            };
            // In whichever words.
            let _ = error.to_string();
            let source = error.source().and_then(|source| source.downcast_ref());
            assert!(
                matches!(source, Some(Error::Status { code: told, .. }) if *told == code),
                "the source of the error is not the client's own: {source:?}"
            );
        }
    });
}

#[test]
fn retry_after_is_waited_for() {
    check_io(|| async {
        let ollama = Setting::new().await;
        for code in [503, 429] {
            let before = ollama.requests();
            let (budget, cancel, failed) = (ample(), CancellationToken::new(), Notify::new());
            let calls = Cell::new(0);
            ollama.mock.script([Failure::from_a_proxy(code, YEAR_IN_SECONDS)]);
            let _doing = doing(format!("waiting for the {code} that asks for a year"));
            let policy = policy();
            let mut waiting = pin!(retry(&policy, &budget, &cancel, |attempt| {
                calls.set(attempt);
                let (ollama, failed) = (&ollama, &failed);
                async move {
                    let reply = ollama.generate().await;
                    failed.notify_one();
                    reply
                }
            }));
            let asked_for_a_year = |answer: &Answer| {
                format!("{code} with a `Retry-After` of a year: {}", told(answer))
            };
            select! {
                biased;
                answer = &mut waiting => panic!("{}", asked_for_a_year(&answer)),
                () = failed.notified() => {}
            }

            // With the same policy, later, and over the network twice.
            ollama.mock.script([Failure::from_a_proxy(code, 0)]);
            let _doing = doing(format!("asking again after {code} with a `Retry-After` of 0"));
            let never = CancellationToken::new();
            let other = retry(&policy, &budget, &never, |_| ollama.generate());
            let answer = select! {
                biased;
                answer = &mut waiting => panic!("{}", asked_for_a_year(&answer)),
                answer = other => answer,
            };
            assert_answered(&answer, &format!("after {code} with a `Retry-After` of 0"));
            assert!(
                calls.get() == 1,
                "{code} asks to wait for a year, and the next attempt has begun"
            );

            let _doing = doing(format!("cancelling the wait that a {code} has asked for"));
            cancel.cancel();
            assert_cancelled(&waiting.await, "in the wait that a reply has asked for");
            let requests = ollama.requests() - before;
            assert!(
                requests == 3,
                "one request is to be sent in a year, three were sent before, and {requests} came"
            );
        }
    });
}

#[test]
fn a_stalled_reply_is_left_at_the_limit() {
    check_io(|| async {
        let ollama = Setting::new().await;
        let gate = Gate::new();
        let (budget, cancel) = (ample(), CancellationToken::new());
        let limited = RetryPolicy { attempt_timeout: Some(Duration::from_millis(1)), ..policy() };

        // Over the network, the second attempt might take longer than the limit.
        let in_time = ollama.generate().await.expect("the mock answers");
        let mut first = Some(stalled(&ollama, &gate).await);
        let _doing =
            doing("waiting for the next attempt, when the reply of the first one has stalled");
        let answer = retry(&limited, &budget, &cancel, |_| {
            let (reply, in_time) = (first.take(), in_time.clone());
            async move {
                match reply {
                    Some(reply) => reply.await,
                    None => Ok(in_time),
                }
            }
        })
        .await;
        assert_answered(&answer, "at the second attempt (the reply of the first has stalled)");
        let _doing = doing("waiting for a connection to be closed whose reply has stalled");
        gate.wait_for_left(1).await;

        let mut first = Some(stalled(&ollama, &gate).await);
        let _doing =
            doing("waiting for a connection to be closed, in the wait after its reply has stalled");
        let waits = RetryPolicy { base_delay: YEAR, jitter: false, ..limited };
        let call =
            retry(&waits, &budget, &cancel, |_| first.take().expect("no second attempt in a year"));
        select! {
            answer = call => panic!("a stalled reply, and then a wait: {}", told(&answer)),
            _ = gate.wait_for_left(2) => {}
        }
    });
}

/// A reply of which a part has come, and that has stopped at the gate. So a limit that begins
/// now is never up before there is anything to leave.
async fn stalled<'a>(
    ollama: &'a Setting,
    gate: &Gate,
) -> Pin<Box<dyn Future<Output = Result<GenerateResponse, Error>> + 'a>> {
    ollama.mock.script([Fault::Stall { after: 0, gate: gate.clone() }]);
    let mut reply = Box::pin(ollama.generate());
    select! {
        reply = &mut reply => panic!("the mock does not stall: {reply:?}"),
        _ = gate.wait_for(1) => reply,
    }
}

#[test]
fn a_cancelled_attempt_closes_its_connection() {
    check_io(|| async {
        let ollama = Setting::new().await;
        let (silent, stalled) = (Gate::new(), Gate::new());
        for (fault, gate, when) in [
            (Fault::Hold(silent.clone()), silent, "before its reply has begun"),
            (Fault::Stall { after: 0, gate: stalled.clone() }, stalled, "inside its reply"),
        ] {
            let before = ollama.requests();
            ollama.mock.script([fault]);
            let _doing = doing(format!("cancelling an attempt {when}"));
            let (policy, budget, cancel) = (policy(), ample(), CancellationToken::new());
            let call = retry(&policy, &budget, &cancel, |_| ollama.generate());
            let cancelled = async {
                gate.wait_for(1).await;
                cancel.cancel();
            };
            let (answer, ()) = join!(call, cancelled);
            assert_cancelled(&answer, &format!("in an attempt, {when}"));
            let _doing = doing(format!(
                "waiting for the connection of an attempt to close, cancelled {when}"
            ));
            gate.wait_for_left(1).await;
            let requests = ollama.requests() - before;
            assert!(requests == 1, "the first attempt is cancelled, and {requests} requests came");
        }
    });
}

#[test]
fn a_cancelled_wait_sends_nothing_more() {
    check_io(|| async {
        let ollama = Setting::new().await;
        let policy = RetryPolicy { base_delay: YEAR, jitter: false, ..policy() };
        let (budget, cancel, failed) = (ample(), CancellationToken::new(), Notify::new());
        ollama.mock.script([Failure::busy()]);
        let calls = Cell::new(0);
        let _doing = doing("cancelling a wait");
        let call = retry(&policy, &budget, &cancel, |attempt| {
            calls.set(attempt);
            let (ollama, failed) = (&ollama, &failed);
            async move {
                let reply = ollama.generate().await;
                failed.notify_one();
                reply
            }
        });
        let cancelled = async {
            failed.notified().await;
            cancel.cancel();
        };
        let (answer, ()) = join!(biased; call, cancelled);
        assert_cancelled(&answer, "in a wait");
        assert!(calls.get() == 1, "a wait is cancelled, and another attempt begins");
        let requests = ollama.requests();
        assert!(requests == 1, "one request before the wait is cancelled, and {requests} came");
    });
}

#[test]
fn calls_at_once_share_one_budget() {
    check_io(|| async {
        const TOKENS: usize = 10;
        let ollama = Setting::new().await;
        let (policy, never) = (policy(), CancellationToken::new());
        let attempts = policy.max_attempts.get() as usize;
        let budget = RetryBudget::new(TOKENS as u32, 0.1);
        ollama.mock.script(vec![Failure::busy(); 4 * attempts]);
        let arrival = ollama.mock.gate(At::Arrival);
        arrival.close();

        let _doing = doing("waiting for the first attempts of four calls to be under way together");
        let call = || retry(&policy, &budget, &never, |_| ollama.generate());
        let together = async {
            arrival.wait_for(4).await;
            let _doing = doing("waiting for four calls to end, of which none succeeds");
            arrival.open();
        };
        let (a, b, c, d, ()) = join!(call(), call(), call(), call(), together);
        let mut made = 0;
        for answer in [a, b, c, d] {
            let (Err(RetryError::OverBudget { attempts, .. })
            | Err(RetryError::Exhausted { attempts, .. })) = answer
            else {
                panic!("the server is always busy, and `retry` returns {}", told(&answer));
            };
            made += attempts as usize;
        }
        let requests = ollama.requests();
        assert!(
            requests == 4 + TOKENS,
            "four calls with {TOKENS} tokens for all of them send {} requests, and {requests} came",
            4 + TOKENS
        );
        assert!(
            made == requests,
            "{requests} requests came, and the errors tell of {made} attempts"
        );
        assert!(budget.tokens() < 0.0005, "all tokens are spent, and {} are left", budget.tokens());
    });
}
