//! Models that can also be run as they are, on std's primitives and the system's own threads.
//!
//! They pass on nearly every such run, although the explorer finds an interleaving that fails.

use std::panic::{catch_unwind, set_hook};
use std::process::ExitCode;
use std::sync;

/// std's threads, with the signatures of the explorer's.
mod thread {
    pub(super) struct JoinHandle<T>(std::thread::JoinHandle<T>);

    pub(super) fn spawn<T: Send + 'static>(
        name: &str,
        f: impl FnOnce() -> T + Send + 'static,
    ) -> JoinHandle<T> {
        let builder = std::thread::Builder::new().name(name.to_owned());
        JoinHandle(builder.spawn(f).expect("a thread can be started"))
    }

    impl<T> JoinHandle<T> {
        pub(super) fn join(self) -> T {
            self.0.join().expect("only the model itself panics")
        }
    }
}

macro_rules! models {
    ($($name:ident),* $(,)?) => {
        $(mod $name {
            include!(concat!(stringify!($name), ".rs"));
        })*

        const MODELS: &[(&str, fn())] = &[$((stringify!($name), $name::model)),*];
    };
}

models!(lost_update, race_check_then_act, race_two_locks, shared_relaxed_flag, shared_seqcst_check);

pub(crate) fn list() -> ExitCode {
    MODELS.iter().for_each(|(name, _)| println!("{name}"));
    ExitCode::SUCCESS
}

/// Runs a model many times, and prints how often it fails, which depends on luck.
pub(crate) fn run(name: &str, times: &str) -> ExitCode {
    let model = MODELS.iter().find(|(known, _)| *known == name);
    let (Some((_, model)), Ok(times)) = (model, times.parse::<usize>()) else {
        eprintln!("usage: listings run MODEL TIMES; `listings runnable` lists the models");
        return ExitCode::from(2);
    };
    set_hook(Box::new(|_| ()));
    let failures = (0..times).filter(|_| catch_unwind(model).is_err()).count();
    println!("{failures} of {times} runs fail");
    ExitCode::SUCCESS
}
