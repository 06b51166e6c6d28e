//! What the process of a check does, and what outcome is made of it.

use std::cell::RefCell;
use std::io::Write;
use std::process::Command;
use std::time::Duration;

use harness::{Polling, Probe, assert_send, block_on, doing, panics};
use schedule::request::CHECK_VARIABLE;
use schedule::{Cause, Interleaving, Outcome, Search, Status, runner};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::timeout;

#[path = "answers/blocking.rs"]
mod condvar;
#[path = "answers/plain.rs"]
mod plain;

harness::answer!("tests/answers/plain.rs", Tokio);

fn report(name: &str, search: Search) -> runner::Report {
    let binary = std::env::current_exe().expect("a running test has a binary");
    runner::run_once(&binary, name, search).expect("it can be run again")
}

fn outcome(name: &str) -> Outcome {
    report(name, Search::All).outcome
}

/// The check ends with this status, cause and message.
#[track_caller]
fn assert_outcome(name: &str, status: Status, cause: impl Into<Option<Cause>>, message: &str) {
    let outcome = outcome(name);
    let (expected, message) = ((status, cause.into()), Some(message));
    assert_eq!((outcome.status, outcome.cause), expected, "{name}");
    assert_eq!(outcome.message.as_deref(), message, "{name}");
}

/// The two ends of a connection, over which one byte has been sent.
async fn connected() -> (TcpStream, TcpStream) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let here = TcpStream::connect(listener.local_addr().expect("it is bound")).await;
    let (mut there, _) = listener.accept().await.expect("it has connected");
    there.write_all(b"x").await.expect("it is connected");
    (there, here.expect("it is bound"))
}

/// Where the nonce is. Root may look into everything.
fn look_into_memory() {
    #[cfg(target_os = "linux")]
    {
        use rustix::process::{DumpableBehavior, dumpable_behavior, geteuid};
        assert_eq!(dumpable_behavior(), Ok(DumpableBehavior::NotDumpable));
        assert!(geteuid().is_root() || std::fs::File::open("/proc/self/mem").is_err());
    }
}

/// A value that the exit of the process drops.
struct AtExit(fn());

impl Drop for AtExit {
    fn drop(&mut self) {
        (self.0)();
    }
}

thread_local! {
    static AT_EXIT: RefCell<Option<AtExit>> = const { RefCell::new(None) };
}

macro_rules! checks {
    ($($name:ident => $check:expr;)*) => {$(
        #[test]
        #[ignore = "run by the tests below"]
        fn $name() {
            $check
        }
    )*};
}

checks! {
    passes => check(|| ());
    looks_into_its_memory => check(look_into_memory);
    finds => check(|| panic!("three hold a permit of two"));
    panics_on_a_thread => check(|| {
        // Nobody looks at the result of the thread.
        let _ = std::thread::spawn(|| panic!("on a thread")).join();
    });
    panics_in_a_task => check_async(|| async {
        let task = tokio::spawn(async { panic!("in a task") });
        assert!(task.await.is_err());
    });
    panics_and_then_hangs => check_async(|| async {
        tokio::spawn(async { panic!("the reason") });
        std::future::pending().await
    });
    panics_again_in_a_drop => check(|| {
        struct Panics;
        impl Drop for Panics {
            fn drop(&mut self) {
                panic!("this would abort the process");
            }
        }
        let _panics = Panics;
        panic!("two jobs are left");
    });
    panics_as_expected => check(|| assert!(panics(|| panic!("as it should"))));
    does_not_panic => check(|| assert!(panics(|| ()), "it should have panicked"));
    panics_inside_std => check(|| {
        let _doing = doing("computing power(40)");
        assert_eq!(plain::power(40), 0);
    });
    is_not_written => check(plain::unwritten);
    panics_at_its_exit => check(|| AT_EXIT.set(Some(AtExit(|| panic!("at the exit")))));
    hangs_at_its_exit => check(|| AT_EXIT.set(Some(AtExit(|| loop {
        std::thread::park();
    }))));
    exits => check(|| std::process::exit(0));
    aborts => check(|| std::process::abort());
    pretends => check(|| {
        println!("test result: ok. 1 passed; 0 failed");
        println!("{{\"nonce\":\"\",\"outcome\":{{\"status\":\"passed\"}}}}");
        std::process::exit(0);
    });
    prints => check(|| {
        println!("one");
        eprintln!("two");
        panic!("wrong");
    });
    prints_without_end => check(|| loop {
        let _ = std::io::stdout().write_all(&[b'x'; 1 << 16]);
    });
    computes_without_end => check(|| {
        let _doing = doing("counting to infinity");
        let mut n = 0_u64;
        loop {
            n = std::hint::black_box(n.wrapping_add(1));
        }
    });
    blocks => check(|| {
        let _doing = doing("locking a lock twice");
        let lock = std::sync::Mutex::new(());
        let _first = lock.lock();
        let _second = lock.lock();
    });
    blocks_with_real_time => check_async(|| async {
        let (_sender, receiver) = std::sync::mpsc::channel::<()>();
        tokio::task::spawn_blocking(move || receiver.recv());
        // While a blocking task runs, these take real time, and the process works now and then.
        let mut n = 0_u64;
        loop {
            tokio::time::sleep(Duration::from_millis(1)).await;
            for _ in 0..10_000 {
                n = std::hint::black_box(n.wrapping_add(1));
            }
        }
    });
    is_not_send => check(|| assert_send!(std::rc::Rc::new(1), "the future of `acquire`"));
    waits => check_async(|| async {
        let _doing = doing("waiting for what never comes");
        std::future::pending().await
    });
    waits_after_another_step => check_async(|| async {
        drop(doing("taking a permit"));
        std::future::pending().await
    });
    converses => check_io(|| async {
        let (_, mut here) = connected().await;
        let mut byte = [0];
        // On virtual time, any limit is up as soon as nothing but a socket is waited for.
        let read = timeout(Duration::from_secs(60), here.read_exact(&mut byte)).await;
        assert!(read.is_ok_and(|read| read.is_ok()) && byte == *b"x");
    });
    panics_beside_a_socket => check_io(|| async {
        let _connected = connected().await;
        assert!(tokio::spawn(async { panic!("in a task") }).await.is_err());
    });
    waits_for_a_socket => check_io(|| async {
        let (_open, mut here) = connected().await;
        let _doing = doing("waiting for a second byte");
        let mut bytes = [0; 2];
        let _ = here.read_exact(&mut bytes).await;
    });
    blocks_beside_a_socket => check_io(|| async {
        let _connected = connected().await;
        std::thread::park();
    });
    waits_for_years => check_async(|| async {
        tokio::time::sleep(Duration::from_secs(5 * 365 * 24 * 60 * 60)).await;
    });
    is_busy_for_a_second => check_async(|| async {
        let start = std::time::Instant::now();
        // Its threads wait for each other all the time, and one of them can always go on.
        let (to, from) = std::sync::mpsc::sync_channel(0);
        let other = std::thread::spawn(move || from.iter().for_each(drop));
        while start.elapsed() < Duration::from_millis(1500) {
            to.send(()).expect("the thread receives");
        }
        drop(to);
        other.join().expect("it does not panic");
    });
    is_explored => harness::check_explored(
        ANSWER,
        harness::Allowed::Tokio,
        harness::Scenario { text: "nothing happens", preemptions: None },
        || (),
    );
}

/// Checks of an answer that blocks.
mod blocking {
    use super::condvar;

    harness::answer!("tests/answers/blocking.rs", Std);

    checks! {
        hangs => check_async(|| async { condvar::acquire().await });
        computes => check(|| loop {
            std::hint::black_box(());
        });
        is_explored => harness::check_explored(
            ANSWER,
            harness::Allowed::Std,
            harness::Scenario { text: "nothing happens", preemptions: None },
            || (),
        );
    }
}

#[test]
fn a_check_cannot_read_the_nonce_out_of_its_memory() {
    assert_eq!(outcome("looks_into_its_memory"), Outcome::passed());
}

#[test]
fn a_check_that_returns_has_passed() {
    let passes = ["passes", "panics_as_expected", "waits_for_years", "converses", "is_explored"];
    for name in passes {
        assert_eq!(outcome(name).status, Status::Passed, "{name}");
    }
}

#[test]
fn what_happens_at_the_exit_changes_nothing_and_ends() {
    for name in ["panics_at_its_exit", "hangs_at_its_exit"] {
        let report = report(name, Search::All);
        assert_eq!(report.outcome.status, Status::Passed, "{name}");
        assert!(report.took < runner::LAST_RESORT, "{name} had to be ended from outside");
    }
}

#[test]
fn the_first_panic_decides() {
    for (name, message) in [
        ("panics_on_a_thread", "on a thread"),
        ("panics_in_a_task", "in a task"),
        ("panics_beside_a_socket", "in a task"),
        ("panics_and_then_hangs", "the reason"),
        ("panics_again_in_a_drop", "two jobs are left"),
        ("finds", "three hold a permit of two"),
        ("does_not_panic", "it should have panicked"),
    ] {
        let message = format!("the code panicked: {message}");
        assert_outcome(name, Status::Failed, Cause::Panicked, &message);
    }
}

#[test]
fn a_panic_has_the_line_of_the_answer() {
    let message = "the code panicked at tests/answers/plain.rs:4: attempt to multiply with \
                   overflow, while computing power(40)";
    assert_outcome("panics_inside_std", Status::Failed, Cause::Panicked, message);
    let message = "not written yet at tests/answers/plain.rs:8";
    assert_outcome("is_not_written", Status::Failed, Cause::NotWritten, message);
}

#[test]
fn what_is_not_send_is_named() {
    let message = "the future of `acquire` is not `Send`: a multi-threaded runtime could not move \
                   it to another thread";
    assert_outcome("is_not_send", Status::Failed, Cause::NotSend, message);
}

#[test]
fn a_process_that_ends_itself_has_failed() {
    let message = "the code ended the whole process (exit code 0) in the middle of the check";
    assert_outcome("exits", Status::Failed, Cause::Crashed, message);
    assert_outcome("pretends", Status::Failed, Cause::Crashed, message);
    let aborted = outcome("aborts");
    assert_eq!((aborted.status, aborted.cause), (Status::Failed, Some(Cause::Crashed)));
    assert!(aborted.message.is_some_and(|message| message.contains("whole process")));
}

#[test]
fn what_is_printed_is_kept_up_to_a_limit() {
    let report = report("prints", Search::All);
    assert_eq!(report.printed, "one\ntwo");
    assert_eq!(report.outcome.status, Status::Failed);
    let endless = outcome("prints_without_end");
    assert_eq!((endless.status, endless.cause), (Status::Failed, Some(Cause::Prints)));
}

#[test]
fn what_does_not_end_is_told_apart() {
    let endless = "endless: the code computes without an end, while counting to infinity";
    assert_outcome("computes_without_end", Status::Timeout, Cause::Endless, endless);
    let stuck = "stuck: every thread is blocked, while locking a lock twice";
    assert_outcome("blocks", Status::Timeout, Cause::Stuck, stuck);
    let stuck = "stuck: every thread is blocked";
    assert_outcome("blocks_beside_a_socket", Status::Timeout, Cause::Stuck, stuck);
    assert_outcome("blocks_with_real_time", Status::Timeout, Cause::Stuck, stuck);
    let waits = "waits forever: an `.await` never ends";
    assert_outcome("waits_after_another_step", Status::Timeout, Cause::WaitsForever, waits);
    let for_what = format!("{waits}, while waiting for what never comes");
    assert_outcome("waits", Status::Timeout, Cause::WaitsForever, &for_what);
    let for_a_socket = format!("{waits}, while waiting for a second byte");
    assert_outcome("waits_for_a_socket", Status::Timeout, Cause::WaitsForever, &for_a_socket);
}

#[test]
fn a_process_that_works_is_not_taken_for_stuck() {
    assert_eq!(outcome("is_busy_for_a_second"), Outcome::passed());
}

#[test]
fn what_blocks_in_the_answer_is_told_first() {
    let line = "tests/answers/blocking.rs:9 waits on a `Condvar`: a poll must not block its thread, \
                store the waker and return `Poll::Pending`\n";
    let stuck = format!("{line}stuck: every thread is blocked");
    assert_outcome("blocking::hangs", Status::Timeout, Cause::Stuck, &stuck);
    let endless = format!("{line}endless: the code computes without an end");
    assert_outcome("blocking::computes", Status::Timeout, Cause::Endless, &endless);
    let explored = outcome("blocking::is_explored");
    assert_eq!((explored.status, explored.cause), (Status::Failed, Some(Cause::Bypass)));
    assert!(explored.message.is_some_and(|message| message.starts_with(line)));
}

#[test]
fn a_request_for_another_search_is_inconclusive() {
    let seeded = Search::Record(Interleaving::Seeded { seed: 1 });
    for search in [Search::Replay(1), Search::From(1), seeded] {
        assert_eq!(report("is_explored", search).outcome.status, Status::Inconclusive);
    }
    // There is such an interleaving, and it does not fail.
    let counted =
        Interleaving::Counted { model: 0, preemptions: None, stale_loads: false, number: 1 };
    let outcome = report("is_explored", Search::Record(counted)).outcome;
    assert_eq!(outcome.status, Status::Inconclusive);
}

#[cfg(feature = "shuttle")]
mod seeded {
    use schedule::Found;

    use super::*;

    checks! {
        is_seeded => harness::check_seeded(
            ANSWER,
            harness::Sample { text: "nothing happens", schedules: 2 },
            || async {},
        );
    }

    #[test]
    fn a_request_for_another_search_is_inconclusive() {
        let name = "seeded::is_seeded";
        let passed = |searched| Outcome { searched, ..Outcome::passed() };
        assert_eq!(outcome(name), passed(2));
        let replayed = report(name, Search::Replay(1)).outcome;
        let found = replayed.schedule.as_ref().map(|schedule| schedule.found);
        assert_eq!(
            found,
            Some(Found::Seeded { seed: 1 }),
            "a schedule that passes is recorded, too"
        );
        assert_eq!(Outcome { schedule: None, ..replayed }, passed(1));
        let counted = Search::Record(Interleaving::Counted {
            model: 0,
            preemptions: None,
            stale_loads: false,
            number: 1,
        });
        assert_eq!(report(name, counted).outcome.status, Status::Inconclusive);
        let passes = Search::Record(Interleaving::Seeded { seed: 1 });
        assert_eq!(report(name, passes).outcome.status, Status::Inconclusive);
    }
}

#[test]
fn a_check_that_does_not_exist_has_failed() {
    // libtest runs nothing, so there is no record.
    assert_eq!(outcome("there_is_no_such_check").status, Status::Failed);
}

#[test]
fn a_process_without_a_request_runs_nothing() {
    let binary = std::env::current_exe().expect("a running test has a binary");
    let output = Command::new(binary)
        .args(["--exact", "passes", "--include-ignored", "--nocapture"])
        .env(CHECK_VARIABLE, "1")
        .stdin(std::process::Stdio::null())
        .output()
        .expect("it can be run again");
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains("no request"));
}

#[test]
fn polling_tells_which_waker_was_woken() {
    let (sender, receiver) = tokio::sync::oneshot::channel();
    let mut receive = Polling::new(receiver);
    assert!(receive.poll().is_pending());
    let first = receive.wakes();
    assert!(receive.poll_with_new_waker().is_pending());
    assert!(!receive.was_woken());
    sender.send(7).expect("it is received below");
    assert!(receive.was_woken() && receive.wakes() > first);
    assert!(receive.poll().is_ready());
}

#[test]
fn a_probe_counts_its_wakes() {
    let probe = Probe::new();
    probe.waker().wake();
    probe.waker().wake_by_ref();
    assert_eq!(probe.wakes(), 2);
}

#[test]
fn a_future_is_run_to_its_end() {
    let (sender, receiver) = tokio::sync::oneshot::channel();
    let thread = std::thread::spawn(move || sender.send(7));
    assert_eq!(block_on(receiver), Ok(7));
    thread.join().expect("it sends").expect("it is received");
}
