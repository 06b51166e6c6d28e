//! What is left when the call has returned or was dropped: nothing.

use harness::Polling;
use real_tokio::runtime::Handle;
use real_tokio_util::sync::CancellationToken;

use super::wakers::poll_until_idle;
use super::*;

/// How many tasks there are in this runtime.
fn tasks() -> usize {
    Handle::current().metrics().num_alive_tasks()
}

#[test]
fn dropping_the_call_drops_the_requests_in_flight() {
    check_async(|| async {
        let backend = Backend::new();
        let (limits, cancel) = (up_to(3), CancellationToken::new());
        let any = AnyBackend(&backend);
        let mut call = Polling::new(generate_all(&any, requests(6), &limits, &cancel));
        assert!(
            poll_until_idle(&mut call).is_pending(),
            "the call returned before any request had ended"
        );
        assert!(!backend.seen().in_flight.is_empty(), "the call was polled and sent no request");
        drop(call);
        let in_flight = &backend.seen().in_flight;
        assert!(
            in_flight.is_empty(),
            "the call was dropped, and requests {in_flight:?} are still in flight"
        );
    });
}

#[test]
fn no_task_is_left_when_the_call_returns() {
    check_async(|| async {
        let before = tasks();
        let backend = Backend::replying(Reply::After(ms(10))).except(1, Reply::After(YEAR));
        handle(&backend, 5, limits(2, ms(1_000))).await;
        // A task that was aborted ends the next time it is scheduled.
        settle().await;
        let left = tasks() - before;
        assert!(left == 0, "the call returned, and tasks that it spawned are left: {left}");
    });
}

#[test]
fn no_task_is_left_when_the_call_is_dropped() {
    check_async(|| async {
        let before = tasks();
        let backend = Backend::new();
        let (limits, cancel) = (up_to(2), CancellationToken::new());
        let any = AnyBackend(&backend);
        let mut call = Polling::new(generate_all(&any, requests(5), &limits, &cancel));
        assert!(call.poll().is_pending(), "the call returned before any request had ended");
        settle().await;
        drop(call);
        // A task that was aborted ends the next time it is scheduled.
        settle().await;
        let left = tasks() - before;
        assert!(left == 0, "the call was dropped, and tasks that it spawned are left: {left}");
    });
}
