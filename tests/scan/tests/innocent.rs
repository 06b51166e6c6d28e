//! What people write, and what must not be found.

mod marked;

use marked::check;

#[test]
fn words_in_comments_and_strings() {
    check(
        r##"
        //! Like `std::fs::read`, and `unsafe { std::process::exit(0) }`.
        /// Uses `std::env` and `#[cfg(test)]`.
        fn f() {
            // std::process::exit(0)
            /* use std::fs; /* nested */ unsafe */
            let text = "std::fs::read(include_str!())";
            let raw = r#"unsafe { " } extern "C" {"#;
            let quote = '"';
            println!("unsafe {text} std::env {raw} {quote}");
        }
        "##,
    );
}

#[test]
fn printing_is_fine() {
    check("fn f() { println!(\"a\"); eprintln!(\"b\"); dbg!(c); print!(\"d\"); }");
    check(
        "use std::io::{self, Write};\nfn f() -> io::Result<()> { writeln!(io::stderr(), \"a\") }",
    );
    check("fn f() { std::io::stdout().flush(); }");
}

#[test]
fn the_parts_of_std_that_answers_are_made_of() {
    check(
        "use std::collections::{BTreeMap, HashMap, VecDeque, hash_map::RandomState};
        use std::error::Error;
        use std::fmt::{self, Display, Formatter};
        use std::future::{Future, poll_fn};
        use std::hash::{BuildHasher, Hasher};
        use std::io;
        use std::num::{NonZeroU32, NonZeroUsize};
        use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
        use std::pin::{Pin, pin};
        use std::sync::{Arc, Mutex, OnceLock, Weak, atomic::*, mpsc};
        use std::task::{Context, Poll, Wake, Waker, ready};
        use std::time::{Duration, Instant, SystemTime};
        use std::{cell::Cell, mem, ops::ControlFlow, rc::Rc, thread};
        use std::{any::Any, cmp, iter};
        use core::marker::PhantomData;
        fn f(e: io::Error, p: Box<dyn Any + Send>) -> Option<String> {
            thread::spawn(|| thread::sleep(Duration::MAX));
            if e.kind() == std::io::ErrorKind::TimedOut { mem::drop(e) }
            thread_local! { static SEED: Cell<u64> = const { Cell::new(0) } }
            p.downcast_ref::<&str>().map(|text| text.to_string())
        }",
    );
}

#[test]
fn the_crates_of_the_exercises() {
    check(
        "use futures::{FutureExt, StreamExt, future::{self, Either}, stream::FuturesUnordered};
        use ollama::{Generate, GenerateRequest, Transient};
        use tokio::{select, sync::{Mutex, Notify, mpsc, oneshot}, task::JoinSet, time};
        use tokio_util::{sync::CancellationToken, task::TaskTracker};
        use crate::sync::{Arc, atomic::{AtomicUsize, Ordering}};
        use super::sync::Condvar;
        async fn f() {
            tokio::pin!(a);
            tokio::select! { biased; _ = b.cancelled() => {}, c = &mut d => c? }
            time::sleep(e).await;
            tokio::runtime::Handle::try_current();
            fastrand::f64();
            tokio::task_local! { static A: u32; }
        }",
    );
}

#[test]
fn names_that_only_look_like_those_of_std() {
    check(
        "struct Env { process: u32, file: u32, path: u32 }
        enum Place { Location, Path, File }
        impl Env {
            fn env(&self) -> u32 { self.process + self.file }
            fn exit(self, cfg: Place, include: bool) -> bool { cfg.is_file() && include }
        }
        mod fs { pub fn read() {} }
        fn f(core: u32, alloc: u32, std: f64) -> bool {
            fs::read();
            Place::Location;
            Env::env(a);
            for core in 0..core {}
            let file = alloc != core;
            file
        }",
    );
}

#[test]
fn attributes_without_effect_on_what_runs() {
    check(
        "#![warn(clippy::pedantic)]
        #![forbid(unsafe_code)]
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[must_use = \"a permit\"]
        #[non_exhaustive]
        #[repr(u8)]
        #[allow(dead_code, reason = \"later\")]
        #[expect(unused)]
        struct A {
            #[doc(hidden)] b: u32,
        }
        #[inline] #[cold] #[track_caller] #[deprecated] #[rustfmt::skip]
        fn f() {}",
    );
}

#[test]
fn tests_of_an_answer() {
    check(
        "#[cfg(test)]
        mod tests {
            use super::*;
            use crate::Semaphore;
            use std::sync::{Arc, atomic::AtomicUsize};
            use std::task::Wake;

            #[derive(Default)]
            struct Count<T = u32>(AtomicUsize, T);

            impl<T: Send + 'static> Wake for Count<T> where T: Sync {
                fn wake(self: Arc<Self>) {}
            }

            impl Count { fn woken(&self) -> impl Sized + use<'_> { self.0.load(SeqCst) } }

            fn helper() -> impl Future<Output = ()> { async {} }

            #[cfg(unix)]
            #[test]
            fn a() { assert_eq!(size_of::<Permit<'_>>(), 8); std::thread::current().id(); }

            #[tokio::test(start_paused = true)]
            async fn b() { tokio::time::advance(Duration::from_secs(1)).await; }

            #[test]
            #[should_panic(expected = \"std::fs\")]
            #[ignore = \"slow\"]
            fn c() { super::f(); }
        }
        fn tests() {}",
    );
    check("#[cfg(test)]\n#[allow(unused)]\npub(crate) mod test { #[test] fn a() {} }");
}

#[test]
fn own_modules() {
    check(
        "mod queue {
            use super::Permit;
            pub(super) struct Queue { waiters: VecDeque<Waker> }
            impl Queue { pub(in super) fn new() -> Self { self::inner::new() } }
            mod inner { use super::super::Permit; pub(crate) fn new() -> super::Queue { todo!() } }
        }
        use queue::{Queue, inner as i};
        use self::queue as q;",
    );
}
