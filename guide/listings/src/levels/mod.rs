//! The levels of the page "Be the scheduler": small programs with a mistake each, and the same
//! programs without it.
//!
//! A level takes its primitives from `super`, as the [models](crate::models) do. It is mounted
//! twice: on the walker, which makes the graph that the page shows, and on loom's explorer, which
//! has to agree on whether the program can fail.

use std::process::ExitCode;

use explorer::walk::Walker;
use explorer::{Answer, Explorer};
use schedule::Graph;
use schedule::graph::{Level, Link};

/// A program of a level.
struct Program {
    answer: Answer,
    walked: fn(),
    explored: fn(),
}

/// What the page says of a level.
struct Text {
    name: &'static str,
    title: &'static str,
    goal: &'static str,
    lesson: &'static str,
    link: (&'static str, &'static str),
    broken: Program,
    mended: Program,
}

macro_rules! levels {
    ($($name:ident, $mended:ident {
        title: $title:literal,
        goal: $goal:literal,
        lesson: $lesson:literal,
        link: $link:literal, $about:literal $(,)?
    })*) => {
        mod walked {
            pub(super) use explorer::walk::{sync, task, thread};
            levels!(@mount $($name $mended)*);
        }

        mod explored {
            pub(super) use explorer::{sync, task, thread};
            levels!(@mount $($name $mended)*);
        }

        /// From the easiest to the hardest.
        const LEVELS: &[Text] = &[$(Text {
            name: stringify!($name),
            title: $title,
            goal: $goal,
            lesson: $lesson,
            link: ($link, $about),
            broken: levels!(@program $name),
            mended: levels!(@program $mended),
        }),*];
    };
    (@mount $($name:ident)*) => {
        $(pub(super) mod $name {
            include!(concat!(stringify!($name), ".rs"));
        })*
    };
    (@program $name:ident) => {
        Program {
            answer: Answer {
                file: concat!("levels/", stringify!($name), ".rs"),
                text: include_str!(concat!(stringify!($name), ".rs")),
            },
            walked: walked::$name::model,
            explored: explored::$name::model,
        }
    };
}

levels! {
    lost_update, lost_update_mended {
        title: "Count the visitors",
        goal: "Two visitors come in. Make the program count only one.",
        lesson: "Between the load and the store, the other door stored a newer number, and the \
                 store wrote over it. This is a lost update. `fetch_add` loads, adds and stores in \
                 one step, so nothing can come between.",
        link: "races.html#race-conditions", "race conditions",
    }
    check_then_act, check_then_act_mended {
        title: "The last ticket",
        goal: "There is one ticket. Sell it twice.",
        lesson: "Each lock is held for a moment only: once to look, and once more to take the \
                 ticket. What was true under the first lock need not be true under the second. \
                 This is check-then-act. The mended program looks and takes under one lock.",
        link: "races.html#race-conditions", "race conditions",
    }
    deadlock, deadlock_mended {
        title: "Two accounts",
        goal: "Bring both clerks to a halt.",
        lesson: "Each clerk has one lock and waits for the other one, so neither can go on: a \
                 deadlock. It needs two locks that are taken in different orders. If all threads \
                 take them in the same order, whoever has the first one also gets the second.",
        link: "shared-state.html#deadlocks", "deadlocks",
    }
    lost_wake_up, lost_wake_up_mended {
        title: "The parcel",
        goal: "The courier delivers the parcel. Make the customer wait for it forever.",
        lesson: "The customer looked, and unlocked before it waited. The parcel came in between, \
                 when nobody waited yet, and a notification that nobody waits for is gone. This is \
                 a lost wake-up. The mended program holds the lock from the look to the wait, \
                 which releases it in the same step.",
        link: "shared-state.html#condvar", "condition variables",
    }
    if_not_while, if_not_while_mended {
        title: "Two workers",
        goal: "There are two jobs for two workers. Make a worker find an empty queue.",
        lesson: "A worker that is woken does not have the lock yet. Another one can take the lock \
                 first, and with it the job. What a thread waited for has to be looked at again \
                 after each wait: `while`, not `if`.",
        link: "shared-state.html#condvar", "condition variables",
    }
    cancelled_waiter, cancelled_waiter_mended {
        title: "The table",
        goal: "Ann leaves the only table, and Bob has no patience. Make Cid wait forever.",
        lesson: "Ann gave the table to Bob, who was first in the queue. Then his future was \
                 dropped, and the table with it. A future can be dropped at any await. One that \
                 was chosen already has to pass on what it got.",
        link: "semaphore.html#hand-over", "hand-over in a semaphore",
    }
    wrong_sleeper, wrong_sleeper_mended {
        title: "The bakery",
        goal: "Everybody looks again after each wait here. Bring the bakery to a halt all the same.",
        lesson: "The baker and the customers wait on one condition variable, and `notify_one` may \
                 wake one of them who cannot use the change. That one waits again, and the \
                 notification is spent. Wake all of them, or give those who wait for different \
                 things a condition variable each.",
        link: "shared-state.html#condvar", "condition variables",
    }
}

/// More states than any level has.
const MAX_STATES: usize = 200_000;

/// Preemptions within which loom searches the programs. Without that, it takes minutes for some.
const MAX_PREEMPTIONS: usize = 2;

/// More interleavings than loom distinguishes within them.
const MAX_INTERLEAVINGS: usize = 100_000;

pub(crate) fn list() -> ExitCode {
    LEVELS.iter().for_each(|level| println!("{}", level.name));
    ExitCode::SUCCESS
}

/// Prints a level as JSON, for the page.
pub(crate) fn print_graph(name: &str) -> ExitCode {
    with(name, |level| print!("{}", graph(level).to_json()))
}

fn graph(level: &Text) -> Level {
    let walk = |program: &Program| -> Graph {
        let (program, model) = (program.answer, program.walked);
        Walker { program, scenario: level.title, limit: MAX_STATES }.walk(model)
    };
    let (to, text) = level.link;
    Level {
        name: level.name.replace('_', "-"),
        title: level.title.to_owned(),
        goal: level.goal.to_owned(),
        lesson: level.lesson.to_owned(),
        link: Some(Link { to: to.to_owned(), text: text.to_owned() }),
        recorded: false,
        broken: walk(&level.broken),
        mended: Some(walk(&level.mended)),
    }
}

fn with(name: &str, f: impl FnOnce(&Text)) -> ExitCode {
    let Some(level) = LEVELS.iter().find(|level| level.name == name) else {
        eprintln!("error: no level is called `{name}`; `listings levels` lists them");
        return ExitCode::from(2);
    };
    f(level);
    ExitCode::SUCCESS
}

/// Prints whether a program of a level fails in loom's search.
pub(crate) fn explore(name: &str, variant: &str) -> ExitCode {
    with(name, |level| {
        let program = if variant == "mended" { &level.mended } else { &level.broken };
        let explorer = Explorer {
            answer: program.answer,
            scenario: level.title,
            preemptions: Some(MAX_PREEMPTIONS),
            limit: MAX_INTERLEAVINGS,
            limit_in_all: usize::MAX,
        };
        let on_failure = |failure: explorer::Failure| {
            println!("fails ({:?})", failure.kind);
            // A failing model ends its process.
            std::process::exit(0);
        };
        match explorer.explore(on_failure, program.explored) {
            Ok(_) => println!("passes"),
            Err(given_up) => println!("is given up: {given_up:?}"),
        }
    })
}
