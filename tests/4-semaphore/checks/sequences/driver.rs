//! Runs a sequence on a semaphore, and compares each result with the model's.

use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::sync::{Arc, Mutex};
use std::task::Waker;

use harness::Telling;
use semaphore::{Permit, Semaphore};

use super::events::{Event, Signal};
use super::model::Model;
use super::signal::{Flag, WaitForFlag, lock};
use super::waker::{self, Acquiring, Bell, Manner};

/// How often tasks that wait are polled in a row before they count as restless.
const MAX_POLLS: usize = 100;

pub fn run(permits: &usize, events: &[Event], telling: &Telling) -> Result<(), String> {
    let plural = if *permits == 1 { "" } else { "s" };
    telling.setting(format!("a semaphore with {permits} permit{plural}"));
    let mut driver = Driver::new(*permits);
    for event in events {
        driver.event(*event, telling)?;
    }
    driver.finish(telling)
}

struct Driver {
    permits: usize,
    /// Futures and wakers of a sequence refer to it in any order, so it is never dropped.
    semaphore: &'static Semaphore,
    model: Model,
    tasks: Vec<Task>,
    held: Vec<(String, Permit<'static>)>,
}

/// A task that acquires.
struct Task {
    /// The waker of its last poll.
    bell: Arc<Bell>,
    signal: Option<Arc<Mutex<Flag>>>,
    /// Whether it waits for a permit.
    waits: bool,
}

impl Driver {
    fn new(permits: usize) -> Self {
        let semaphore = Box::leak(Box::new(Semaphore::new(permits)));
        waker::begin(semaphore);
        let model = Model::new(permits);
        Self { permits, semaphore, model, tasks: Vec::new(), held: Vec::new() }
    }

    /// Does what an event says, if there is something for it to act on.
    fn event(&mut self, event: Event, telling: &Telling) -> Result<(), String> {
        let pick =
            |which: usize, from: Vec<usize>| (!from.is_empty()).then(|| from[which % from.len()]);
        match event {
            Event::Acquire(manner) => {
                let id = self.tasks.len();
                telling.tell(format!("task {id} acquires{}", words(manner)));
                let acquire = self.semaphore.acquire();
                self.join(Box::pin(async move { Ok(acquire.await) }), None, manner, telling)?;
            }
            Event::AcquireUntil(manner, signal) => {
                let id = self.tasks.len();
                let what = match signal {
                    Signal::Waits => "until a signal",
                    Signal::IsThere => "until a signal that is there",
                    Signal::Asks => "until a signal, which calls `try_acquire`",
                    Signal::Panics => "until a signal, which will panic",
                };
                telling.tell(format!("task {id} acquires {what}{}", words(manner)));
                let flag = Arc::new(Mutex::new(Flag::new(signal)));
                let signal = WaitForFlag(flag.clone(), self.semaphore);
                let acquire = self.semaphore.acquire_until(signal);
                self.join(Box::pin(acquire), Some(flag), manner, telling)?;
            }
            Event::Poll(which) => {
                let woken =
                    |id: &usize| self.tasks[*id].waits && self.tasks[*id].bell.woken.load(SeqCst);
                let Some(id) = pick(which, (0..self.tasks.len()).filter(woken).collect()) else {
                    return Ok(());
                };
                telling.tell(format!("task {id} is polled"));
                self.tasks[id].bell.woken.store(false, SeqCst);
                self.poll(id, telling)?;
            }
            Event::PollElsewhere(which, manner) => {
                let Some(id) = pick(which, self.waiting()) else { return Ok(()) };
                telling.tell(format!("task {id} is polled with another waker{}", words(manner)));
                let bell = bell(manner, id);
                let old = std::mem::replace(&mut self.tasks[id].bell, bell);
                drop(old);
                self.poll(id, telling)?;
            }
            Event::DropWaiter(which) => {
                let Some(id) = pick(which, self.waiting()) else { return Ok(()) };
                telling.tell(format!("task {id} drops its `acquire`"));
                self.tasks[id].waits = false;
                self.model.leave(id);
                let future = waker::waiting(id).borrow_mut().future.take();
                drop(future);
            }
            Event::DropPermit(which) => {
                let Some(at) = pick(which, (0..self.held.len()).collect()) else { return Ok(()) };
                let (who, permit) = self.held.remove(at);
                telling.tell(format!("{who} drops its permit"));
                self.model.give_back();
                drop(permit);
            }
            Event::TryAcquire => {
                telling.tell("call `try_acquire`");
                let expected = self.model.take();
                let permit = self.semaphore.try_acquire();
                telling.saw(if permit.is_some() { "a permit" } else { "None" });
                match (expected, permit) {
                    (true, Some(permit)) => self.held.push(("who tried".to_owned(), permit)),
                    (false, None) => {}
                    (true, None) => {
                        return Err(
                            "a permit is free, and nobody waits for it, but `try_acquire` \
                                    returns None"
                                .to_owned(),
                        );
                    }
                    (false, Some(_)) => {
                        return Err("no permit is free that is not promised to a waiter, but \
                                    `try_acquire` returns one"
                            .to_owned());
                    }
                }
            }
            Event::Count => {
                telling.tell("call `available_permits`");
                self.count(telling)?;
            }
            Event::Complete(which) => {
                let has_signal = |id: &usize| {
                    self.tasks[*id].waits
                        && self.tasks[*id].signal.as_ref().is_some_and(|flag| !lock(flag).is_there)
                };
                let Some(id) = pick(which, (0..self.tasks.len()).filter(has_signal).collect())
                else {
                    return Ok(());
                };
                telling.tell(format!("the signal of task {id} comes"));
                let flag = self.tasks[id].signal.clone().expect("it was picked for that");
                let waker = {
                    let mut flag = lock(&flag);
                    flag.is_there = true;
                    flag.waker.take()
                };
                let Some(waker) = waker else {
                    return Err(format!("task {id} waits, but its signal was never polled"));
                };
                waker.wake();
                if self.tasks[id].bell.manner != Manner::Polls
                    && !self.tasks[id].bell.woken.load(SeqCst)
                {
                    return Err(format!(
                        "the signal was not polled with the waker of task {id}'s last poll"
                    ));
                }
            }
        };
        self.collect(telling)
    }

    fn waiting(&self) -> Vec<usize> {
        (0..self.tasks.len()).filter(|&id| self.tasks[id].waits).collect()
    }

    /// The first poll of a new task.
    fn join(
        &mut self,
        future: Acquiring,
        signal: Option<Arc<Mutex<Flag>>>,
        manner: Manner,
        telling: &Telling,
    ) -> Result<(), String> {
        let id = waker::add(future);
        self.tasks.push(Task { bell: bell(manner, id), signal, waits: true });
        if self.model.free > 0 {
            // Nobody waits: it is promised the free permit as soon as it joins.
            self.model.take();
            self.model.join(id);
            self.model.give_back();
        } else {
            self.model.join(id);
        }
        self.poll(id, telling)
    }

    fn poll(&mut self, id: usize, telling: &Telling) -> Result<(), String> {
        let task = &self.tasks[id];
        let waker = Waker::from(task.bell.clone());
        waker::waiting(id).borrow_mut().poll(&waker);
        self.take_output(id, telling)
    }

    /// What has come of a task that was polled, by the driver or by its waker.
    fn take_output(&mut self, id: usize, telling: &Telling) -> Result<(), String> {
        let (output, panicked) = {
            let waiting = waker::waiting(id);
            let mut waiting = waiting.borrow_mut();
            (waiting.output.take(), waiting.panicked)
        };
        if panicked {
            return self.panicked(id, telling);
        }
        let signal_is_there =
            self.tasks[id].signal.as_ref().is_some_and(|flag| lock(flag).is_there);
        match output {
            Some(Ok(permit)) => {
                self.tasks[id].waits = false;
                telling.saw(format!("task {id} has a permit"));
                self.held.push((format!("task {id}"), permit));
                if !self.model.take_turn(id) {
                    return Err(format!("task {id} gets a permit, but there is none for it"));
                }
            }
            Some(Err(_)) => {
                self.tasks[id].waits = false;
                telling.saw("Cancelled");
                if self.model.is_promised(id) {
                    return Err(format!("a permit is there for task {id}, but it is cancelled"));
                }
                if !signal_is_there {
                    return Err(format!("task {id} is cancelled without its signal"));
                }
                self.model.leave(id);
            }
            None => {
                telling.saw(format!("task {id} waits"));
                if self.model.is_promised(id) {
                    return Err(format!(
                        "a permit is there for task {id}, but its poll is pending"
                    ));
                }
                if signal_is_there {
                    return Err(format!(
                        "the signal of task {id} is there, but its poll is pending"
                    ));
                }
            }
        }
        Ok(())
    }

    /// A poll of a task has panicked: its signal may do that, and nothing else.
    fn panicked(&mut self, id: usize, telling: &Telling) -> Result<(), String> {
        let is_signals = |flag: &Arc<Mutex<Flag>>| {
            let flag = lock(flag);
            flag.kind == Signal::Panics && flag.has_completed
        };
        if !self.tasks[id].signal.as_ref().is_some_and(is_signals) {
            return Err(format!("the poll of task {id} panicked"));
        }
        telling.saw("the signal panics");
        if self.model.is_promised(id) {
            return Err(format!("a permit is there for task {id}, but its signal is polled"));
        }
        self.tasks[id].waits = false;
        self.model.leave(id);
        let future = waker::waiting(id).borrow_mut().future.take();
        drop(future);
        Ok(())
    }

    /// Takes in what the wakers did, and sees that everyone is awake for whom there is a permit.
    fn collect(&mut self, telling: &Telling) -> Result<(), String> {
        // A waker that polls its task may bring about another such poll.
        loop {
            let done = |id: &usize| {
                let task = &self.tasks[*id];
                let waiting = waker::waiting(*id);
                let waiting = waiting.borrow();
                task.waits && (waiting.output.is_some() || waiting.panicked)
            };
            let Some(id) = (0..self.tasks.len()).find(done) else { break };
            self.take_output(id, telling)?;
        }
        for permit in waker::taken() {
            telling.saw("a waker gets a permit");
            if !self.model.take() {
                return Err(
                    "a waker calls `try_acquire`, and gets a permit that is not free for it"
                        .to_owned(),
                );
            }
            self.held.push(("the waker".to_owned(), permit));
        }
        for (id, task) in self.tasks.iter().enumerate() {
            if let Some(flag) = &task.signal {
                let flag = lock(flag);
                if flag.polled_again {
                    return Err(format!(
                        "the signal of task {id} is polled after it has completed"
                    ));
                }
                if flag.got_a_permit {
                    return Err(format!(
                        "while task {id} waits, its signal calls `try_acquire` and gets a permit"
                    ));
                }
            }
            if task.waits && self.model.is_promised(id) && !task.bell.woken.load(SeqCst) {
                return Err(format!("a permit is there for task {id}, but it is not woken"));
            }
        }
        Ok(())
    }

    fn count(&self, telling: &Telling) -> Result<(), String> {
        let (free, counted) = (self.model.free, self.semaphore.available_permits());
        telling.saw(format!("{counted}"));
        if counted != free {
            return Err(format!("`available_permits` is {counted}, but {free} could be taken now"));
        }
        Ok(())
    }

    /// Everyone in the queue has to get a permit in the end.
    fn finish(&mut self, telling: &Telling) -> Result<(), String> {
        let mut polls = 0;
        loop {
            let woken = self.tasks.iter().any(|task| task.waits && task.bell.woken.load(SeqCst));
            let event = match (woken, self.held.is_empty(), self.waiting().is_empty()) {
                (true, _, _) => Event::Poll(0),
                (_, false, _) => Event::DropPermit(0),
                // Without permits, they wait for ever.
                (_, _, false) => Event::DropWaiter(0),
                _ => break,
            };
            polls = if woken { polls + 1 } else { 0 };
            if polls > MAX_POLLS {
                return Err("a task that waits is woken again and again, and gets no permit: it \
                            should sleep until there is one for it"
                    .to_owned());
            }
            self.event(event, telling)?;
        }
        let counted = self.semaphore.available_permits();
        if counted != self.permits {
            return Err(format!(
                "at the end no permit is held, but `available_permits` is {counted} and not {}",
                self.permits
            ));
        }
        Ok(())
    }
}

fn words(manner: Manner) -> &'static str {
    match manner {
        Manner::Notes => "",
        Manner::Asks => "; its waker calls `try_acquire`",
        Manner::Polls => "; its waker polls it at once",
    }
}

fn bell(manner: Manner, task: usize) -> Arc<Bell> {
    Arc::new(Bell { woken: AtomicBool::new(false), manner, task })
}
