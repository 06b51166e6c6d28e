//! Any two calls may meet: one task makes one or two, and another makes one, in every combination.

use std::future::ready;
use std::pin::pin;
use std::task::Poll;

use explorer::sync::Arc;
use explorer::task::Task;
use explorer::{Data, note, thread};
use harness::Allowed::Std;
use harness::{Model, Scenario, check_each_explored};

use super::{MOST_PREEMPTIONS, assert_all_back, drop_permit};
use crate::checks::ANSWER;
use crate::instrumented::{Permit, Semaphore};

/// A call that takes a permit, if there is one for it, and gives it back.
#[derive(Clone, Copy)]
enum Call {
    Acquire,
    TryAcquire,
    /// With a signal that is there, so that it never waits.
    AcquireUntil,
    /// It is polled once and dropped.
    DroppedAcquire,
    AvailablePermits,
}

impl Call {
    const ALL: [Self; 5] = [
        Self::Acquire,
        Self::TryAcquire,
        Self::AcquireUntil,
        Self::DroppedAcquire,
        Self::AvailablePermits,
    ];

    fn name(self) -> &'static str {
        match self {
            Self::Acquire => "acquire",
            Self::TryAcquire => "try_acquire",
            Self::AcquireUntil => "acquire_until with a signal that is there",
            Self::DroppedAcquire => "acquire and drops it after one poll",
            Self::AvailablePermits => "available_permits",
        }
    }

    /// Makes the call, and writes the data while it holds the permit that it got. If there is one
    /// for each task, no call may come back without one.
    fn run(self, semaphore: &Semaphore, data: Option<&Data>) {
        note(&format!("calls {}", self.name()));
        let use_and_drop = |permit: Permit<'_>| {
            if let Some(data) = data {
                note("has a permit and writes");
                data.write();
            }
            drop_permit(permit);
        };
        let got = match self {
            Self::Acquire => {
                let task = Task::new();
                let mut acquire = pin!(semaphore.acquire());
                match task.poll(acquire.as_mut()) {
                    Poll::Ready(permit) => use_and_drop(permit),
                    Poll::Pending if data.is_none() => {
                        panic!("a permit is free for each task, but `acquire` is pending")
                    }
                    Poll::Pending => use_and_drop(task.block_on(acquire.as_mut())),
                }
                true
            }
            Self::TryAcquire => semaphore.try_acquire().map(use_and_drop).is_some(),
            Self::AcquireUntil => {
                let acquire = pin!(semaphore.acquire_until(ready(())));
                match Task::new().poll(acquire) {
                    Poll::Ready(result) => result.map(use_and_drop).is_ok(),
                    Poll::Pending => panic!("the signal is there, but `acquire_until` is pending"),
                }
            }
            Self::DroppedAcquire => {
                let mut acquire = Box::pin(semaphore.acquire());
                let poll = Task::new().poll(acquire.as_mut());
                let got = poll.is_ready();
                if let Poll::Ready(permit) = poll {
                    use_and_drop(permit);
                }
                note("drops the acquire");
                drop(acquire);
                got
            }
            Self::AvailablePermits => {
                let free = semaphore.available_permits();
                let most = if data.is_some() { 1 } else { 2 };
                assert!(free <= most, "`available_permits` is {free}, and there are only {most}");
                free > 0
            }
        };
        assert!(
            got || data.is_some(),
            "a permit is free for each task, but {} finds none",
            self.name()
        );
    }
}

/// What the first task calls, and what the second does: the shortest come first.
fn meetings() -> impl Iterator<Item = (Vec<Call>, Call)> {
    let one = Call::ALL.into_iter().map(|call| vec![call]);
    // A count leaves nothing behind that the call after it could find.
    let first = Call::ALL.into_iter().filter(|call| !matches!(call, Call::AvailablePermits));
    let two = first.flat_map(|first| Call::ALL.map(|second| vec![first, second]));
    one.chain(two).flat_map(|calls| Call::ALL.map(|other| (calls.clone(), other)))
}

fn models(permits: usize) -> Vec<Model> {
    let model = |(calls, other): (Vec<Call>, Call)| -> Model {
        let names: Vec<_> = calls.iter().map(|call| call.name()).collect();
        let plural = if permits == 1 { "one permit" } else { "two permits" };
        let text = format!(
            "{plural}: a task calls {}, and another calls {}",
            names.join(" and then "),
            other.name()
        );
        // A schedule may need it until the process ends.
        let scenario = Scenario { text: text.leak(), preemptions: MOST_PREEMPTIONS };
        let run = move || {
            let semaphore = Arc::new(Semaphore::new(permits));
            let data = (permits == 1).then(|| Arc::new(Data::new()));
            let thread = thread::spawn("other task", {
                let (semaphore, data) = (semaphore.clone(), data.clone());
                move || other.run(&semaphore, data.as_deref())
            });
            calls.iter().for_each(|call| call.run(&semaphore, data.as_deref()));
            thread.join();
            assert_all_back(&semaphore, permits);
        };
        (scenario, Box::new(run))
    };
    meetings().map(model).collect()
}

#[test]
fn any_two_calls_may_meet_over_one_permit() {
    check_each_explored(ANSWER, Std, || models(1));
}

#[test]
fn any_two_calls_may_meet_with_a_permit_for_each() {
    check_each_explored(ANSWER, Std, || models(2));
}
