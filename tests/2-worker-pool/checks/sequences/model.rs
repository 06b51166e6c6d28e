//! What the contract says of a pool at rest.

/// What has been observed so far. Events are numbered, and all that one brings about has its number.
#[derive(Clone, Debug, Default)]
pub struct Observed {
    pub workers: usize,
    /// The event that was the last.
    pub now: usize,
    pub jobs: Vec<Job>,
    /// How many jobs were running at once at some moment since the event before.
    pub peak: usize,
    pub cancelled: Option<usize>,
    /// Whether the token was cancelled by the pool.
    pub pool_cancels: bool,
    /// `shutdown` was called, or the pool was dropped.
    pub closed: Option<usize>,
    pub shutdown: Option<Shutdown>,
    pub results: Results,
}

#[derive(Clone, Debug, Default)]
pub struct Job {
    pub submitted: usize,
    pub submit: Submit,
    /// When it was accepted.
    pub accepted: Option<usize>,
    pub started: Option<usize>,
    /// When it returned or panicked.
    pub ended: Option<usize>,
    pub panicked: bool,
    /// Since when its result must have been in the channel.
    pub sent: Option<usize>,
    pub read: bool,
    /// Whether the job itself still exists.
    pub exists: bool,
}

#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum Submit {
    #[default]
    Waits,
    Accepted,
    Rejected,
    Dropped,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Shutdown {
    Waits,
    Returned,
    Dropped,
}

#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum Results {
    #[default]
    Open,
    Ended,
    Dropped,
}

impl Job {
    fn runs(&self) -> bool {
        self.started.is_some() && self.ended.is_none() && self.exists
    }
}

impl Observed {
    fn count(&self, which: impl Fn(&Job) -> bool) -> usize {
        self.jobs.iter().filter(|job| which(job)).count()
    }

    /// The most jobs that may be queued, and the most results that the channel holds.
    fn room(&self) -> usize {
        2 * self.workers
    }

    /// Results that are in the channel or in the hands of workers.
    pub fn unread(&self) -> usize {
        match self.results {
            Results::Dropped => 0,
            _ => self.count(|job| job.ended.is_some() && !job.read),
        }
    }

    /// Notes which results must be in the channel by now. Called at rest, before a cancel.
    pub fn note_what_is_sent(&mut self) {
        if self.unread() <= self.room() {
            let now = self.now;
            for job in self.jobs.iter_mut().filter(|job| job.ended.is_some()) {
                job.sent.get_or_insert(now);
            }
        }
    }

    /// What is wrong with a pool that is at rest.
    pub fn check(&self) -> Result<(), String> {
        if self.pool_cancels {
            return Err("nobody but the pool can have cancelled the caller's token".to_owned());
        }
        self.check_jobs()?;
        match self.cancelled {
            Some(cancelled) => self.check_cancelled(cancelled),
            None => {
                self.check_work()?;
                self.check_submits()?;
                self.check_order()?;
                self.check_end()
            }
        }
    }

    /// What holds for each job in any case.
    fn check_jobs(&self) -> Result<(), String> {
        let peak = self.peak;
        if peak > self.workers {
            return Err(format!("{peak} jobs run at once, with {}", workers(self.workers)));
        }
        for (id, job) in self.jobs.iter().enumerate() {
            if job.started.is_some() && job.submit != Submit::Accepted {
                let submit = match job.submit {
                    Submit::Waits => "has not returned",
                    Submit::Rejected => "returned `Rejected`",
                    _ => "was dropped before it returned",
                };
                return Err(format!("job {id} starts, and its `submit` {submit}"));
            }
        }
        Ok(())
    }

    /// The workers have work if there is any that they can do.
    fn check_work(&self) -> Result<(), String> {
        let running = self.count(Job::runs);
        let unread = self.unread();
        let blocked = unread.saturating_sub(self.room());
        if running + blocked > self.workers {
            return Err(format!(
                "{running} jobs run and {unread} results are unread: more than {} in the channel \
                 and one for each of {}",
                self.room(),
                workers(self.workers)
            ));
        }
        let unfinished = self.count(|job| job.submit == Submit::Accepted && job.ended.is_none());
        // A worker may wait for room for the result before it starts a job. If one waits with a
        // result in its hand, the workers of this pool do not do that.
        let able = match blocked {
            0 => self.workers.min(self.room() - unread),
            _ => self.workers - blocked,
        };
        let expected = able.min(unfinished);
        if running < expected {
            return Err(format!(
                "{} should run, but {running} {} ({}, {unfinished} accepted and not ended, \
                 {unread} results unread)",
                jobs(expected),
                if running == 1 { "does" } else { "do" },
                workers(self.workers)
            ));
        }
        Ok(())
    }

    /// A `submit` waits if there is no room, and only then.
    fn check_submits(&self) -> Result<(), String> {
        if let Some(id) = self.jobs.iter().position(|job| job.submit == Submit::Rejected) {
            return Err(format!("the `submit` of job {id} returned `Rejected` without a cancel"));
        }
        let queued = self.count(|job| job.submit == Submit::Accepted && job.started.is_none());
        let waiting = self.jobs.iter().position(|job| job.submit == Submit::Waits);
        if let Some(id) = waiting.filter(|_| queued < self.room()) {
            return Err(format!(
                "the `submit` of job {id} waits, but {} queued and there is room for {}",
                are(queued),
                self.room()
            ));
        }
        // A worker that waits for room for its next result may have a job in its hand.
        let in_hand = match self.unread() + self.workers > self.room() {
            true => self.workers - self.count(Job::runs).min(self.workers),
            false => 0,
        };
        if queued > self.room() + in_hand {
            return Err(format!("{} queued, but there is room for {}", are(queued), self.room()));
        }
        Ok(())
    }

    /// No job starts before one that was accepted before it was submitted.
    fn check_order(&self) -> Result<(), String> {
        let waits = |job: &Job| job.submit == Submit::Accepted && job.started.is_none();
        for (id, job) in self.jobs.iter().enumerate().filter(|(_, job)| waits(job)) {
            let before = |other: &Job| Some(other.submitted) > job.accepted;
            let overtakes = |other: &Job| other.started.is_some() && before(other);
            if let Some(other) = self.jobs.iter().position(overtakes) {
                return Err(format!("job {other} starts before job {id}, which came first"));
            }
        }
        Ok(())
    }

    /// `shutdown` returns and the results end when all is done, and not before.
    fn check_end(&self) -> Result<(), String> {
        let left = self.count(|job| job.submit == Submit::Accepted && job.ended.is_none());
        let unsent = self.unread().saturating_sub(self.room());
        match self.shutdown {
            Some(Shutdown::Waits) if left == 0 && unsent == 0 => {
                return Err("all jobs have ended and their results are sent, but `shutdown` does \
                            not return"
                    .to_owned());
            }
            Some(Shutdown::Returned) if left > 0 || unsent > 0 => {
                return Err(format!(
                    "`shutdown` has returned, but {} not ended and {unsent} results are not sent",
                    are(left)
                ));
            }
            _ => {}
        }
        let unread = self.unread();
        let over = self.closed.is_some() && left == 0;
        match self.results {
            Results::Ended if !over => {
                Err("the results have ended, but the pool is not at its end".to_owned())
            }
            Results::Ended if unread > 0 => Err(format!(
                "the results have ended, but the results of {} were not there",
                jobs(unread)
            )),
            _ => Ok(()),
        }
    }

    fn check_cancelled(&self, cancelled: usize) -> Result<(), String> {
        for (id, job) in self.jobs.iter().enumerate() {
            let after = |event: Option<usize>| event.is_some_and(|event| event >= cancelled);
            if job.submit == Submit::Waits {
                return Err(format!("after the cancel, the `submit` of job {id} still waits"));
            }
            if job.submitted > cancelled && job.submit == Submit::Accepted {
                return Err(format!("job {id} is accepted after the cancel"));
            }
            if after(job.started) {
                return Err(format!("job {id} starts after the cancel"));
            }
            if job.runs() {
                return Err(format!("job {id} still runs after the cancel"));
            }
            if job.exists && job.submit == Submit::Accepted {
                return Err(format!("after the cancel, job {id} is still queued"));
            }
            if self.results == Results::Ended && job.sent.is_some() && !job.read {
                return Err(format!(
                    "the result of job {id} was sent before the cancel, and is lost"
                ));
            }
        }
        if self.shutdown == Some(Shutdown::Waits) {
            return Err("after the cancel, `shutdown` does not return".to_owned());
        }
        Ok(())
    }
}

fn workers(count: usize) -> String {
    format!("{count} worker{}", if count == 1 { "" } else { "s" })
}

fn jobs(count: usize) -> String {
    format!("{count} job{}", if count == 1 { "" } else { "s" })
}

fn are(count: usize) -> String {
    format!("{} {}", jobs(count), if count == 1 { "is" } else { "are" })
}
