//! Memory of a task and of a thread that do nothing but wait. Prints a name and a number of bytes in
//! each line; `figures` runs it. Its allocator counts, so nothing here measures time.

use std::alloc::System;
use std::fs;
use std::future::pending;
use std::sync::{Arc, Barrier};
use std::thread;

use cap::Cap;
use tokio::runtime::Builder;
use tokio::task::{JoinHandle, yield_now};

#[global_allocator]
static ALLOCATOR: Cap<System> = Cap::new(System, usize::MAX);

const TASKS: usize = 10_000;
const THREADS: usize = 200;

fn main() {
    println!("task {}", of_a_task(|| tokio::spawn(pending::<()>())));
    println!("task_with_a_kibibyte {}", of_a_task(|| tokio::spawn(holds(1024))));
    if let Some(bytes) = of_a_thread() {
        println!("thread {bytes}");
    }
}

/// Waits for ever, and holds an array of this size meanwhile; the compiler knows only the largest.
async fn holds(size: usize) {
    let mut array = [0_u8; 1024];
    array[..size].fill(1);
    pending::<()>().await;
    println!("{array:?}");
}

/// What the allocator gives out for one task.
fn of_a_task(spawn: impl Fn() -> JoinHandle<()>) -> usize {
    let runtime = Builder::new_current_thread().build().expect("it needs nothing of the system");
    runtime.block_on(async {
        let mut handles = Vec::with_capacity(TASKS);
        let before = ALLOCATOR.allocated();
        for _ in 0..TASKS {
            handles.push(spawn());
            // It starts, so that the runtime's queue stays short.
            yield_now().await;
        }
        (ALLOCATOR.allocated() - before) / TASKS
    })
}

/// What the process has more of in memory for one thread, where the system tells. That is without
/// what the kernel itself needs for it, and without the part of its stack that was never touched.
fn of_a_thread() -> Option<usize> {
    let before = resident()?;
    let (started, end) = (Arc::new(Barrier::new(THREADS + 1)), Arc::new(Barrier::new(THREADS + 1)));
    let threads: Vec<_> = (0..THREADS)
        .map(|_| {
            let (started, end) = (started.clone(), end.clone());
            thread::spawn(move || {
                started.wait();
                end.wait();
            })
        })
        .collect();
    started.wait();
    let after = resident()?;
    end.wait();
    for thread in threads {
        thread.join().expect("it does not panic");
    }
    Some((after - before) / THREADS)
}

/// The bytes of this process that are in memory.
fn resident() -> Option<usize> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let kibibytes = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    Some(kibibytes.trim().strip_suffix(" kB")?.parse::<usize>().ok()? * 1024)
}
