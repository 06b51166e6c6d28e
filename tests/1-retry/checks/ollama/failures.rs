//! What a server replies, and whether it is called again.

use std::cell::{Cell, RefCell};
use std::error::Error as _;
use std::pin::pin;

use harness::doing;
use ollama::Error;
use ollama_mock::{End, Failure, Fault};
use retry::RetryError;
use tokio::select;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use super::{
    Answer, Setting, YEAR, ample, assert_answered, assert_cancelled, check_io, in_words, policy,
    retry,
};

#[test]
fn a_busy_server_is_retried() {
    check_io(|| async {
        let ollama = Setting::new().await;
        ollama.mock.script([Failure::busy(), Failure::busy()]);
        let mut numbers = Vec::new();
        let _doing = doing("calling a server that replies 503, 503 and then 200");
        let answer = retry(&policy(), &ample(), &CancellationToken::new(), |attempt| {
            numbers.push(attempt);
            ollama.generate()
        })
        .await;
        assert_answered(&answer, "the server replied 503, 503 and then 200");
        assert!(
            numbers == [1, 2, 3],
            "the server replied 503, 503 and then 200: `operation` should be called with 1, 2 and \
             3, but was called with {numbers:?}"
        );
        let requests = ollama.mock.requests();
        assert!(
            requests.len() == 3,
            "the server should have received 3 requests, but received {}",
            requests.len()
        );
        let same = requests.iter().all(|request| request.body() == requests[0].body());
        assert!(same, "the three attempts should send the same request, but sent {requests:?}");
    });
}

#[test]
fn an_interrupted_reply_is_retried() {
    check_io(|| async {
        let ollama = Setting::new().await;
        let cut = |end| Fault::Cut { after: 0, end, then_refuse: false };
        for (fault, what) in [
            (cut(End::Fin), "the connection was closed in the middle of the first reply"),
            (cut(End::Reset), "the connection was reset in the middle of the first reply"),
            (Fault::HangUp(End::Fin), "the connection was closed before the first reply"),
            (Fault::HangUp(End::Reset), "the connection was reset before the first reply"),
            (Fault::Crash { after: 0 }, "the model's process crashed, and the first reply was 500"),
            (Fault::NoDone { after: 0 }, "the first reply ended without `done`"),
        ] {
            let before = ollama.requests();
            ollama.mock.script([fault]);
            let _doing = doing(format!("retrying after a failed reply ({what})"));
            let never = CancellationToken::new();
            let answer = retry(&policy(), &ample(), &never, |_| ollama.generate()).await;
            assert_answered(&answer, &format!("{what}, and the second reply was good"));
            let requests = ollama.requests() - before;
            assert!(
                requests == 2,
                "{what}: the server should have received 2 requests, but received {requests}"
            );
        }
    });
}

#[test]
fn a_restarting_server_is_retried() {
    check_io(|| async {
        let ollama = Setting::new().await;
        ollama.mock.script([Fault::Cut { after: 0, end: End::Fin, then_refuse: true }]);
        let _doing = doing("calling a server that is down for two attempts and then back");
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
        assert_answered(&answer, "the server was down for two attempts and is back for the fourth");
        let errors = errors.into_inner();
        assert!(
            errors.len() == 3,
            "one reply was interrupted and two connections were refused, but the errors were \
             {errors:?}"
        );
        let requests = ollama.requests();
        assert!(
            requests == 2,
            "the server was up for 2 of 4 attempts, but received {requests} requests"
        );
    });
}

#[test]
fn a_permanent_server_error_is_not_retried() {
    check_io(|| async {
        let ollama = Setting::new().await;
        for (failure, code) in [
            (Failure::new(404, "model 'missing' not found"), 404),
            (Failure::new(500, "option \"temperature\" must be of type float32"), 500),
            // A `Retry-After` does not make an error transient.
            (Failure::from_a_proxy(403, 0), 403),
        ] {
            let before = ollama.requests();
            ollama.mock.script([failure]);
            let _doing = doing(format!("calling a server that replies {code}"));
            let never = CancellationToken::new();
            let answer = retry(&policy(), &ample(), &never, |_| ollama.generate()).await;
            let requests = ollama.requests() - before;
            assert!(
                requests == 1,
                "{code} is permanent: the server should have received 1 request, but received \
                 {requests}"
            );
            let Err(error @ RetryError::Permanent(_)) = &answer else {
                panic!(
                    "{code} is permanent: `retry` should have returned `Permanent`, but returned {}",
                    in_words(&answer)
                );
            };
            let source = error.source().and_then(|source| source.downcast_ref());
            assert!(
                matches!(source, Some(Error::Status { code: status, .. }) if *status == code),
                "the source of the error should be the client's error with status {code}, but is {source:?}"
            );
        }
    });
}

#[test]
fn the_retry_after_header_is_respected() {
    check_io(|| async {
        let ollama = Setting::new().await;
        for code in [503, 429] {
            let before = ollama.requests();
            let (budget, cancel, failed) = (ample(), CancellationToken::new(), Notify::new());
            let calls = Cell::new(0);
            ollama.mock.script([Failure::from_a_proxy(code, YEAR.as_secs())]);
            let _doing =
                doing(format!("waiting for a reply {code} with a `Retry-After` of a year"));
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
            let too_early = |answer: &Answer| {
                format!(
                    "the server replied {code} with a `Retry-After` of a year: `retry` should \
                     wait, but returned {}",
                    in_words(answer)
                )
            };
            select! {
                biased;
                answer = &mut waiting => panic!("{}", too_early(&answer)),
                () = failed.notified() => {}
            }

            // A call with the same policy but a `Retry-After` of 0 starts later and sends two
            // requests. When it has returned, the first call has had time to send one, too.
            ollama.mock.script([Failure::from_a_proxy(code, 0)]);
            let _doing = doing(format!("retrying after a reply {code} with a `Retry-After` of 0"));
            let never = CancellationToken::new();
            let other = retry(&policy, &budget, &never, |_| ollama.generate());
            let answer = select! {
                biased;
                answer = &mut waiting => panic!("{}", too_early(&answer)),
                answer = other => answer,
            };
            assert_answered(
                &answer,
                &format!("the server replied {code} with a `Retry-After` of 0, then 200"),
            );
            assert!(
                calls.get() == 1,
                "the server replied {code} with a `Retry-After` of a year, but the next attempt has \
                 started"
            );

            let _doing =
                doing(format!("cancelling the wait after a reply {code} with a `Retry-After`"));
            cancel.cancel();
            assert_cancelled(&waiting.await, "during the wait for a `Retry-After`");
            let requests = ollama.requests() - before;
            assert!(
                requests == 3,
                "the server should have received 3 requests, one of the call that waits and two of \
                 the other, but received {requests}"
            );
        }
    });
}
