//! Small programs that the explorer searches: each `model` is run under every interleaving.
//!
//! A model takes its primitives from `super`, so that the same file can be mounted over several
//! worlds, as the answer to an exercise is.

pub(crate) mod on_threads;

use std::env;
use std::process::{Command, ExitCode};

use explorer::{Answer, Explorer, Failure};
use schedule::{Interleaving, Schedule};

struct Model {
    name: &'static str,
    answer: Answer,
    /// What it does, in a sentence.
    scenario: &'static str,
    run: fn(),
}

macro_rules! models {
    ($($name:ident: $scenario:literal),* $(,)?) => {
        mod explored {
            pub(super) use explorer::{Data, sync, task, thread};

            $(pub(super) mod $name {
                include!(concat!(stringify!($name), ".rs"));
            })*
        }

        const MODELS: &[Model] = &[$(Model {
            name: stringify!($name),
            answer: Answer {
                file: concat!("models/", stringify!($name), ".rs"),
                text: include_str!(concat!(stringify!($name), ".rs")),
            },
            scenario: $scenario,
            run: explored::$name::model,
        }),*];
    };
}

models! {
    cache_late_answer: "a clerk asks for a price and writes it on a sign, while somebody sets another price",
    cache_late_number: "a door that two threads open, each of which draws a number and notes it",
    channels_room_then_send: "a queue with one place, and two producers that look before they send",
    lost_update: "one counter, and two threads that each add one to it",
    pool_counted_before_it_is_sent: "one loaf to bake, and someone who waits until none is unfinished",
    pool_left_in_a_closed_queue: "a letterbox that is closed and emptied while a letter is posted",
    pool_shutdown_waits_for_itself: "a worker without a job, and a shutdown",
    race_check_then_act: "an account with 100, and two threads that each withdraw 80",
    race_two_locks: "an account, and two threads that each pay something in",
    retry_seat_given_back: "no seat is free; one customer, and someone who looks at the count",
    retry_seat_refused: "two free seats, and two customers",
    retry_tank_overflows: "a tank that is filled, and someone who reads how full it is",
    sem_acquire_release: "one thread writes data and says so with `Release`, another looks with `Acquire`",
    sem_dropped_waiter: "two wait for a letter, the first gives up, and one letter is posted",
    sem_leak: "a key is given back while the guest who waits for it leaves",
    sem_lost_wakeup: "a task waits for an event that has a lock for each field, and the event happens",
    sem_one_lock: "a task waits for an event that has one lock, and the event happens",
    sem_overtaken: "a key is given back while a guest waits and a newcomer tries to take it",
    sem_relaxed: "one thread writes data and says so with `Relaxed`, another looks with `Relaxed`",
    shared_compare_exchange: "one ticket, and two threads that each try to take one",
    shared_entry: "a cache, and two threads that each want the same page",
    shared_guard_across_await: "a lock, and two async functions on one thread that use it",
    shared_if: "two readers that wait for a letter each, and one thread that puts two",
    shared_locks_twice: "one thread that adds to a stock",
    shared_looks_then_waits: "a reader that waits for a letter, and a thread that puts one",
    shared_notifies_first: "a reader that waits for a letter, and a thread that puts one",
    shared_one_order: "two accounts, and two threads that transfer in opposite directions",
    shared_read_then_write: "a cache, and two threads that each want the same page",
    shared_relaxed_flag: "a writer that stores a price and sets a flag, and a thread that looks at both",
    shared_release_flag: "a writer that stores a price and sets a flag, and a thread that looks at both",
    shared_seqcst_check: "one ticket, and two threads that each try to take one",
    shared_two_orders: "two accounts, and two threads that transfer in opposite directions",
    shared_upgrade: "one thread that adds a name to a list",
    shared_while: "two readers that wait for a letter each, and one thread that puts two",
}

/// No model of the guide has nearly as many interleavings.
const MAX_INTERLEAVINGS: usize = 100_000;

pub(crate) fn list() -> ExitCode {
    MODELS.iter().for_each(|model| println!("{}", model.name));
    ExitCode::SUCCESS
}

/// Draws the simplest interleaving in which a model fails, as SVG, or prints that none fails.
pub(crate) fn print_schedule(name: &str) -> ExitCode {
    // Each failure ends its process, so the search and the recording run in their own.
    let own = |arguments: &[&str]| {
        let program = env::current_exe().expect("the path of this program is known");
        let output = Command::new(program).args(arguments).output().expect("it starts again");
        String::from_utf8(output.stdout).expect("it writes UTF-8")
    };
    let interleaving = own(&["search", name]);
    if interleaving.starts_with(|first: char| first.is_ascii_digit()) {
        print!("{interleaving}");
        return ExitCode::SUCCESS;
    }
    let recorded = own(&["record", name, interleaving.trim()]);
    match serde_json::from_str::<Schedule>(&recorded) {
        Ok(schedule) => {
            println!("{}", schedule::draw::to_svg(&schedule));
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("error: the interleaving that fails was not recorded: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Prints the interleaving that fails, as JSON, or how many there are if none does.
pub(crate) fn search(name: &str) -> ExitCode {
    with(name, |explorer, model| {
        let searched = explorer.explore(|failure| print_json(&failure.interleaving), model);
        let count = searched.expect("no model is as large as the limit").interleavings;
        println!("{count} interleavings, and none fails");
    })
}

/// Prints the schedule of an interleaving that fails, as JSON.
pub(crate) fn record(name: &str, interleaving: &str) -> ExitCode {
    let Ok(interleaving) = serde_json::from_str::<Interleaving>(interleaving) else {
        eprintln!("error: `{interleaving}` is not an interleaving");
        return ExitCode::from(2);
    };
    with(name, |explorer, model| {
        explorer.replay(interleaving, |failure: Failure| print_json(&failure.schedule), model);
    })
}

fn with(name: &str, search: impl FnOnce(Explorer, fn())) -> ExitCode {
    let Some(model) = MODELS.iter().find(|model| model.name == name) else {
        eprintln!("error: no model is called `{name}`; `listings models` lists them");
        return ExitCode::from(2);
    };
    let explorer = Explorer {
        answer: model.answer,
        scenario: model.scenario,
        preemptions: None,
        limit: MAX_INTERLEAVINGS,
        limit_in_all: usize::MAX,
    };
    search(explorer, model.run);
    ExitCode::SUCCESS
}

/// Prints a value, and ends the process, as a failing model has to.
fn print_json(value: &impl serde::Serialize) {
    println!("{}", serde_json::to_string(value).expect("it is plain data"));
    std::process::exit(0);
}
