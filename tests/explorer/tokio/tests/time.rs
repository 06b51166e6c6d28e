//! Sleeps and time limits under a model's clock.

use std::time::Duration;

use explorer_tokio::sync::oneshot;
use explorer_tokio::task::yield_now;
use explorer_tokio::time::{Clock, Instant, sleep, sleep_until, timeout};
use futures::FutureExt;

const SECOND: Duration = Duration::from_secs(1);

/// Runs a model with a clock under some schedules.
fn with_clock<F: Future<Output = ()>>(model: impl Fn(Clock) -> F + Send + Sync + 'static) {
    shuttle::check_random(move || shuttle::future::block_on(model(Clock::start())), 50);
}

#[test]
fn time_stands_still_until_the_model_moves_it_on() {
    with_clock(async |clock| {
        let slept = explorer_tokio::spawn(async {
            sleep(2 * SECOND).await;
            sleep(SECOND).await;
        });
        for seconds in [2, 3] {
            // Until the task has begun to sleep.
            while !clock.move_on() {
                yield_now().await;
            }
            assert!(!slept.is_finished());
            assert_eq!(clock.elapsed(), seconds * SECOND);
        }
        slept.await.unwrap();
        assert!(!clock.move_on(), "nothing sleeps any more");
    });
}

#[test]
fn all_that_sleeps_until_one_moment_is_woken_at_it() {
    with_clock(async |clock| {
        let end = Instant::now() + SECOND;
        let mut sleeps = [sleep(SECOND), sleep_until(end), sleep(Duration::MAX)].map(Box::pin);
        assert!(sleeps.iter_mut().all(|sleep| sleep.now_or_never().is_none()));
        assert!(clock.move_on());
        let [one, other, endless] = sleeps.map(|sleep| sleep.is_elapsed());
        assert_eq!((one, other, endless), (true, true, false));
    });
}

#[test]
fn a_sleep_that_is_dropped_or_reset_holds_nothing_up() {
    with_clock(async |clock| {
        let (mut dropped, mut reset) = (Box::pin(sleep(SECOND)), Box::pin(sleep(SECOND)));
        assert!((&mut dropped).now_or_never().is_none() && (&mut reset).now_or_never().is_none());
        drop(dropped);
        reset.as_mut().reset(Instant::now() + 5 * SECOND);
        assert!(clock.move_on());
        assert_eq!(clock.elapsed(), 5 * SECOND);
        reset.await;
    });
}

#[test]
fn what_is_there_in_time_is_taken_and_what_is_late_is_not() {
    with_clock(async |clock| {
        let (tell, told) = oneshot::channel();
        let limited = timeout(SECOND, told);
        let never = explorer_tokio::spawn(timeout(SECOND, std::future::pending::<()>()));
        yield_now().await;
        tell.send("in time").unwrap();
        while !never.is_finished() {
            clock.move_on();
            yield_now().await;
        }
        assert!(never.await.unwrap().is_err());
        assert_eq!(limited.await.unwrap(), Ok("in time"), "it is there when it is polled");
    });
}

#[test]
fn without_a_clock_no_limit_is_reached_and_short_sleeps_are_over() {
    let model = async || {
        sleep(SECOND).await;
        assert!(sleep(Duration::MAX).now_or_never().is_none());
        let mut limited = Box::pin(timeout(Duration::ZERO, std::future::pending::<()>()));
        assert!((&mut limited).now_or_never().is_none());
    };
    shuttle::check_random(move || shuttle::future::block_on(model()), 10);
}
