//! Runs a sequence on a cache, and holds each step against the model.

use std::mem;
use std::sync::Arc;
use std::sync::atomic::Ordering::SeqCst;

use cache::Cache;
use harness::Telling;

use super::events::{End, Event, Manner, Plan, Setting};
use super::model::{Model, Outcome, Step};
use super::scene::{self, Bell, Value};
use crate::checks::key::Key;

/// How often tasks that wait are polled in a row before they count as restless.
const MAX_POLLS: usize = 100;
/// Keys that are inserted at the end, to see in which order values go: the first, and how many.
const FIRST_FRESH: u8 = 8;
const FRESH: u8 = 6;

pub fn run(setting: &Setting, events: &[Event], telling: &Telling) -> Result<(), String> {
    let plural = if setting.capacity == 1 { "" } else { "s" };
    let asks = if setting.values_ask { "; a value calls `len` when it is dropped" } else { "" };
    telling.setting(format!("a cache for {} value{plural}{asks}", setting.capacity));
    let cache = scene::begin(setting.capacity, setting.values_ask);
    let model = Model::new(setting.capacity);
    let mut driver = Driver { cache, model, bells: Vec::new(), telling };
    for event in events {
        driver.event(*event)?;
    }
    driver.finish()
}

struct Driver<'a> {
    cache: &'static Cache<Key, Value>,
    model: Model,
    /// The waker of each task's last poll.
    bells: Vec<Arc<Bell>>,
    telling: &'a Telling,
}

impl Driver<'_> {
    /// Does what an event says, if there is something for it to act on.
    fn event(&mut self, event: Event) -> Result<(), String> {
        let pick =
            |which: usize, from: Vec<usize>| (!from.is_empty()).then(|| from[which % from.len()]);
        match event {
            Event::Get(key) => {
                self.telling.tell(format!("call `get` for {key}"));
                let (expected, seen) = (self.model.get(key), self.cache.get(&key));
                let seen = seen.map(|value| value.0);
                self.telling.saw(words(seen));
                if seen != expected {
                    return Err(format!(
                        "`get` should return {}, but it returns {}",
                        words(expected),
                        words(seen)
                    ));
                }
            }
            Event::Insert(key) => {
                self.telling.tell(format!("call `insert` for {key}"));
                let value = scene::insert(key);
                self.telling.saw(format!("the value is {value}"));
            }
            Event::Ask(key, manner, plan) => {
                let task = self.bells.len();
                self.telling.tell(format!(
                    "task {task} asks for {key}{}{}",
                    words_of_plan(plan),
                    words_of_manner(manner)
                ));
                self.bells.push(Bell::new(manner, task));
                self.model.ask(key);
                scene::ask(key, plan);
                scene::poll(task, &self.bells[task]);
            }
            Event::End(which, end) => {
                let runs = |task: &usize| self.model.is_computing(*task) && !scene::has_end(*task);
                let Some(task) = pick(which, self.tasks().filter(runs).collect()) else {
                    return Ok(());
                };
                let how = match end {
                    End::Value => "has its value",
                    End::Error => "fails",
                    End::Panic => "will panic",
                };
                self.telling.tell(format!("the computation of task {task} {how}"));
                let Some(waker) = scene::end(task, end) else {
                    return Err(format!("task {task} computes, but its future was never polled"));
                };
                waker.wake();
                let bell = &self.bells[task];
                if bell.manner != Manner::Polls && !bell.woken.load(SeqCst) {
                    return Err(format!(
                        "the computation was not polled with the waker of task {task}'s last poll"
                    ));
                }
            }
            Event::Poll(which) => {
                let Some(task) =
                    pick(which, self.tasks().filter(|task| self.woken(*task)).collect())
                else {
                    return Ok(());
                };
                self.telling.tell(format!("task {task} is polled"));
                self.poll(task);
            }
            Event::PollElsewhere(which, manner) => {
                let Some(task) = pick(which, self.tasks().collect()) else { return Ok(()) };
                let manners = words_of_manner(manner);
                self.telling.tell(format!("task {task} is polled with another waker{manners}"));
                drop(mem::replace(&mut self.bells[task], Bell::new(manner, task)));
                self.poll(task);
            }
            Event::Drop(which) => {
                let Some(task) = pick(which, self.tasks().collect()) else { return Ok(()) };
                self.telling.tell(format!("task {task} drops its call"));
                self.model.drop_task(task);
                scene::drop_call(task);
            }
        }
        self.settle()
    }

    /// The tasks whose calls are not over.
    fn tasks(&self) -> impl Iterator<Item = usize> {
        (0..self.bells.len()).filter(|&task| !self.model.is_over(task))
    }

    fn woken(&self, task: usize) -> bool {
        self.bells[task].woken.load(SeqCst)
    }

    fn poll(&self, task: usize) {
        self.bells[task].woken.store(false, SeqCst);
        scene::poll(task, &self.bells[task]);
    }

    /// Holds what has happened against the model, until nothing is left to happen at once.
    fn settle(&mut self) -> Result<(), String> {
        loop {
            for step in scene::steps() {
                self.tell(step);
                self.model.step(step)?;
                if let Step::Polled(task, None) = step
                    && self.model.is_computing(task)
                    && scene::has_end(task)
                {
                    return Err(format!(
                        "the computation of task {task} has ended, but its call does not poll it"
                    ));
                }
            }
            self.model.see_that_they_are_awake(|task| self.woken(task))?;
            let Some(task) = self.model.unsettled() else { break };
            self.telling.tell(format!("task {task} is polled"));
            self.poll(task);
        }
        let (expected, seen) = (self.model.len(), self.cache.len());
        if seen != expected {
            return Err(format!("`len` should be {expected}, but it is {seen}"));
        }
        if self.cache.is_empty() != (expected == 0) {
            let answer = self.cache.is_empty();
            return Err(format!("`len` is {expected}, but `is_empty` returns {answer}"));
        }
        // A call that is left may hold the value that came for it.
        if self.tasks().next().is_none()
            && let Some(value) = scene::values().into_iter().find(|&value| !self.model.has(value))
        {
            return Err(format!(
                "the cache has no place for the value {value} any more, and no call is left that \
                 could want it, but it was not dropped"
            ));
        }
        Ok(())
    }

    fn tell(&self, step: Step) {
        match step {
            Step::Called(task) => self.telling.saw(format!("task {task} computes")),
            Step::Inserts(..) | Step::Replaced(_) | Step::PollBegins(_) | Step::Ended(..) => {}
            Step::Polled(task, outcome) => self.telling.saw(match outcome {
                Some(Outcome::Value(value)) => format!("task {task} has the value {value}"),
                Some(Outcome::Error) => format!("task {task} has an error"),
                Some(Outcome::Panic) => format!("task {task} panics"),
                None => format!("task {task} is pending"),
            }),
        }
    }

    /// Every call has to end, and then values have to go in the order of their last uses.
    fn finish(&mut self) -> Result<(), String> {
        let mut polls = 0;
        while self.tasks().next().is_some() {
            let is_woken = self.tasks().any(|task| self.woken(task));
            polls = if is_woken { polls + 1 } else { 0 };
            if polls > MAX_POLLS {
                return Err(
                    "a task that waits is woken again and again, and nothing comes of it: \
                            it should sleep"
                        .to_owned(),
                );
            }
            self.event(if is_woken { Event::Poll(0) } else { Event::End(0, End::Value) })?;
        }
        for fresh in 0..FRESH {
            let Some(key) = self.model.least_recently_used() else { break };
            self.event(Event::Insert(Key(FIRST_FRESH + fresh)))?;
            if self.model.least_recently_used() != Some(key) && self.cache.get(&key).is_some() {
                return Err(format!("{key} was used least recently, but it is still there"));
            }
        }
        Ok(())
    }
}

fn words(value: Option<u32>) -> String {
    value.map_or("None".to_owned(), |value| format!("the value {value}"))
}

fn words_of_plan(plan: Plan) -> &'static str {
    match plan {
        Plan::Waits => "",
        Plan::Ends(End::Value) => "; its computation is ready at once",
        Plan::Ends(End::Error) => "; its computation fails at once",
        Plan::Ends(End::Panic) => "; its computation panics at once",
        Plan::PanicsInCall => "; its closure panics",
        Plan::InsertsOther => "; its closure inserts d",
        Plan::InsertsOwn => "; its closure inserts the same key",
    }
}

fn words_of_manner(manner: Manner) -> &'static str {
    match manner {
        Manner::Notes => "",
        Manner::Asks => "; its waker calls `len` and `get`",
        Manner::Polls => "; its waker polls it at once",
    }
}
