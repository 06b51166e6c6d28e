//! When the call wakes its task, and which one: polled by hand.

use std::task::Poll;

use harness::Polling;
use real_tokio_util::sync::CancellationToken;

use super::*;

/// Polls as long as the call wakes itself.
pub fn poll_until_idle<T>(call: &mut Polling<'_, T>) -> Poll<T> {
    for _ in 0..100 {
        let poll = call.poll();
        if poll.is_ready() || !call.was_woken() {
            return poll;
        }
    }
    panic!("nothing happened, and the call woke itself 100 times in a row");
}

/// Polls with one waker until the call is idle, and then with another.
fn move_to_another_task<T>(call: &mut Polling<'_, T>) {
    let early = "the call returned before its requests had ended";
    assert!(poll_until_idle(call).is_pending(), "{early}");
    assert!(call.poll_with_new_waker().is_pending(), "{early}");
    assert!(poll_until_idle(call).is_pending(), "{early}");
}

#[test]
fn an_idle_call_does_not_wake_itself() {
    check_async(|| async {
        let backend = Backend::new();
        let (limits, cancel) = (up_to(3), CancellationToken::new());
        let any = AnyBackend(&backend);
        let mut call = Polling::new(generate_all(&any, requests(5), &limits, &cancel));
        assert!(
            poll_until_idle(&mut call).is_pending(),
            "the call returned before any request had ended"
        );
        sleep(YEAR).await;
        assert!(!call.was_woken(), "nothing happened, and the call woke itself");
    });
}

#[test]
fn a_response_wakes_the_latest_waker() {
    check_async(|| async {
        let backend = Backend::new();
        let (limits, cancel) = (up_to(2), CancellationToken::new());
        let any = AnyBackend(&backend);
        let mut call = Polling::new(generate_all(&any, requests(4), &limits, &cancel));
        for number in 0..4 {
            move_to_another_task(&mut call);
            backend.respond(number);
            assert!(
                call.was_woken(),
                "the call was polled with a new waker, and the response to request {number} did \
                 not wake it"
            );
        }
    });
}

#[test]
fn a_cancel_wakes_the_latest_waker() {
    check_async(|| async {
        let backend = Backend::new();
        let (limits, cancel) = (up_to(2), CancellationToken::new());
        let any = AnyBackend(&backend);
        let mut call = Polling::new(generate_all(&any, requests(2), &limits, &cancel));
        move_to_another_task(&mut call);
        cancel.cancel();
        assert!(
            call.was_woken(),
            "the call was polled with a new waker, and the cancel did not wake it"
        );
    });
}

#[test]
fn a_time_limit_wakes_the_latest_waker() {
    check_async(|| async {
        let backend = Backend::new();
        let (limits, cancel) = (limits(2, ms(100)), CancellationToken::new());
        let any = AnyBackend(&backend);
        let mut call = Polling::new(generate_all(&any, requests(2), &limits, &cancel));
        move_to_another_task(&mut call);
        sleep(ms(150)).await;
        assert!(
            call.was_woken(),
            "the call was polled with a new waker, and the time limit did not wake it"
        );
    });
}
