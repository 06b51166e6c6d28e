//! What a check's process does, and what is made of it: nothing gets past as a pass.

use std::io::Write;
use std::process::Command;
use std::time::Duration;

use harness::{Polling, Probe, assert_send, block_on, doing, panics};
use schedule::request::CHECK_VARIABLE;
use schedule::{Outcome, Status, runner};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::timeout;

harness::answer!("tests/verdicts.rs", Tokio);

fn report(name: &str) -> runner::Report {
    let binary = std::env::current_exe().expect("a running test has a binary");
    runner::run(&binary, name).expect("it can be run again")
}

fn outcome(name: &str) -> Outcome {
    report(name).outcome
}

/// The process of a check ends like this, and this is said of it.
#[track_caller]
fn assert_outcome(name: &str, status: Status, message: &str) {
    let outcome = outcome(name);
    assert_eq!((outcome.status, outcome.message.as_deref()), (status, Some(message)), "{name}");
}

/// Two ends of a connection, over which one byte has been sent.
async fn connected() -> (TcpStream, TcpStream) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let here = TcpStream::connect(listener.local_addr().expect("it is bound")).await;
    let (mut there, _) = listener.accept().await.expect("it has connected");
    there.write_all(b"x").await.expect("it is connected");
    (there, here.expect("it is bound"))
}

macro_rules! checks {
    ($($name:ident => $check:expr;)*) => {$(
        #[test]
        #[ignore = "for the tests below"]
        fn $name() {
            $check
        }
    )*};
}

checks! {
    passes => check(|| ());
    finds => check(|| panic!("three hold a permit of two"));
    panics_on_a_thread => check(|| {
        // Nobody looks at the result of the thread.
        let _ = std::thread::spawn(|| panic!("on a thread")).join();
    });
    panics_in_a_task => check_async(|| async {
        let task = tokio::spawn(async { panic!("in a task") });
        assert!(task.await.is_err());
    });
    panics_as_expected => check(|| assert!(panics(|| panic!("as it should"))));
    does_not_panic => check(|| assert!(panics(|| ()), "it should have panicked"));
    is_not_written => check(|| todo!("write it"));
    exits => check(|| std::process::exit(0));
    aborts => check(|| std::process::abort());
    pretends => check(|| {
        println!("test result: ok. 1 passed; 0 failed");
        println!("{{\"nonce\":\"\",\"outcome\":{{\"status\":\"passed\"}}}}");
        std::process::exit(0);
    });
    chats => check(|| {
        println!("one");
        eprintln!("two");
        panic!("wrong");
    });
    chatters => check(|| loop {
        let _ = std::io::stdout().write_all(&[b'x'; 1 << 16]);
    });
    loops => check(|| {
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
    waits_after_another_step => check_async(|| async {
        drop(doing("taking a permit"));
        std::future::pending().await
    });
    is_not_send => check(|| assert_send!(std::rc::Rc::new(1), "the future of `acquire`"));
    waits => check_async(|| async {
        let _doing = doing("waiting for what never comes");
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
    waits_for_years => check_async(|| async {
        tokio::time::sleep(Duration::from_secs(5 * 365 * 24 * 60 * 60)).await;
    });
}

#[test]
fn what_passes_passes() {
    for name in ["passes", "panics_as_expected", "waits_for_years", "converses"] {
        assert_eq!(outcome(name), Outcome::passed(), "{name}");
    }
}

#[test]
fn no_panic_is_lost() {
    let at = "the code panicked: ";
    for (name, message) in [
        ("panics_on_a_thread", "on a thread"),
        ("panics_in_a_task", "in a task"),
        ("panics_beside_a_socket", "in a task"),
        ("finds", "three hold a permit of two"),
        ("does_not_panic", "it should have panicked"),
    ] {
        assert_outcome(name, Status::Failed, &format!("{at}{message}"));
    }
}

#[test]
fn what_is_not_written_says_so() {
    assert_outcome("is_not_written", Status::Failed, "not written yet");
}

#[test]
fn what_is_not_send_is_named() {
    let message = "the future of `acquire` is not `Send`: a multi-threaded runtime could not move \
                   it to another thread";
    assert_outcome("is_not_send", Status::Failed, message);
}

#[test]
fn a_process_that_ends_itself_has_failed() {
    let message = "the code ended the whole process (exit code 0) in the middle of the check";
    assert_outcome("exits", Status::Failed, message);
    assert_outcome("pretends", Status::Failed, message);
    let aborted = outcome("aborts");
    assert_eq!(aborted.status, Status::Failed);
    assert!(aborted.message.is_some_and(|message| message.contains("whole process")));
}

#[test]
fn what_is_printed_is_kept_within_measure() {
    let report = report("chats");
    assert_eq!(report.printed, "one\ntwo");
    assert_eq!(report.outcome.status, Status::Failed);
    let message = "the code prints too much: more than 1024 KiB in one check";
    assert_outcome("chatters", Status::Failed, message);
}

#[test]
fn what_does_not_end_is_told_apart() {
    let endless = "endless: it works on and on, while counting to infinity";
    assert_outcome("loops", Status::Timeout, endless);
    let stuck = "stuck: every thread is blocked, while locking a lock twice";
    assert_outcome("blocks", Status::Timeout, stuck);
    let silent = "stuck: every thread is blocked, while waiting for a second byte";
    assert_outcome("waits_for_a_socket", Status::Timeout, silent);
    let waits = "it waits for ever, while waiting for what never comes";
    assert_outcome("waits", Status::Timeout, waits);
    assert_outcome("waits_after_another_step", Status::Timeout, "it waits for ever");
}

#[test]
fn a_check_that_is_no_check_has_failed() {
    // libtest runs nothing, and leaves no record.
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
fn a_poll_by_hand_tells_who_was_woken() {
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
