//! An exercise: what to teach again, and what is wrong with many answers.

use maud::{Markup, html};
use workbook::Fault;
use workbook::exercise::Kind;

use super::bar::bar;
use super::{Page, count, guide, verdict};
use crate::gradebook::{Exercise, Status};
use crate::report::statistics::{CheckCounts, CommonFailure, Example, Statistics};

/// So many checks and failures are shown, and the others when they are asked for.
const SHOWN: usize = 10;
/// The examples of so many failures are open.
const OPEN: usize = 3;

impl Page<'_> {
    pub(super) fn exercise(&self, at: usize) -> Result<Markup, Fault> {
        let exercise = &self.gradebook.exercises[at];
        let statistics = &self.statistics[at];
        let not_passed = |counts: &&CheckCounts| counts.failed + counts.inconclusive > 0;
        let to_teach = statistics.checks.iter().filter(not_passed).count().min(SHOWN);
        let (to_teach, others) = statistics.checks.split_at(to_teach);
        let failures = self.failures(at, &statistics.failures)?;
        Ok(html! {
            section id=(exercise.exercise) {
                h2 { (super::name(exercise)) }
                h3 { "What to teach again" }
                p { (ran(statistics)) }
                @if !to_teach.is_empty() { (checks(exercise, to_teach)) }
                @if statistics.run > 0 && !others.is_empty() {
                    details.more {
                        summary { (count(others.len(), "other check")) }
                        (checks(exercise, others))
                    }
                }
                h3 { "What is wrong with many answers" }
                (failures)
            }
        })
    }

    fn failures(&self, at: usize, failures: &[CommonFailure]) -> Result<Markup, Fault> {
        let shown: Result<Vec<Markup>, Fault> = failures
            .iter()
            .enumerate()
            .map(|(place, failure)| self.failure(at, failure, place < OPEN))
            .collect();
        let shown = shown?;
        let (first, rest) = shown.split_at(shown.len().min(SHOWN));
        Ok(html! {
            @if first.is_empty() { p { "No answer fails." } }
            @for failure in first { (failure) }
            @if !rest.is_empty() {
                details.more {
                    summary { (count(rest.len(), "rarer failure")) }
                    @for failure in rest { (failure) }
                }
            }
        })
    }

    fn failure(&self, at: usize, failure: &CommonFailure, open: bool) -> Result<Markup, Fault> {
        let CommonFailure { title, learners, example, also } = failure;
        let exercise = &self.gradebook.exercises[at];
        let Some((message, evidence, section)) = self.example(at, example)? else {
            return Ok(html! {});
        };
        Ok(html! {
            article.failure {
                header {
                    h4 {
                        span.how-many { (learners.len()) }
                        span.unseen-text { (if learners.len() == 1 { " answer: " } else { " answers: " }) }
                        (self.people.prose(title))
                    }
                    @if let Some(section) = section { span.quiet { (guide::link(exercise, &section)) } }
                }
                @if let Some(message) = message { p.message { (message) } }
                @if evidence.0.is_empty() {
                    p { "For example " (self.people.person(example.learner)) }
                } @else {
                    details open[open] {
                        summary { "For example " (self.people.person(example.learner)) }
                        (evidence)
                    }
                }
                details {
                    summary { "Who: " (count(learners.len(), "answer")) }
                    ul.who { @for &learner in learners {
                        li data-number=(self.people.number(learner)) {
                            a href={ "#" (self.people.anchor(learner)) "-" (exercise.exercise) } {
                                (self.people.person(learner))
                            }
                        }
                    } }
                }
                @if !also.is_empty() {
                    details {
                        summary { "Almost the same answers fail " (count(also.len(), "more check")) }
                        ul { @for (title, learners) in also {
                            li { (self.people.prose(title)) " (" (learners) ")" }
                        } }
                    }
                }
            }
        })
    }

    /// What is wrong with the answer on which that is easiest to follow: in a sentence, what shows
    /// it, and what to read about it.
    fn example(
        &self,
        at: usize,
        Example { learner, check }: &Example,
    ) -> Result<Option<Shown>, Fault> {
        let grade = &self.gradebook.learners[*learner].grades[at];
        let Some(verdict) = self.gradebook.verdict(grade)? else { return Ok(None) };
        let result = verdict.checks.into_iter().find(|result| Some(&result.name) == check.as_ref());
        Ok(Some(match result {
            Some(result) => {
                let message = result.message.as_ref().map(|message| self.people.prose(message));
                (message, verdict::evidence(&self.people, &result), result.guide)
            }
            None => {
                let message = verdict.message.unwrap_or_default();
                (None, verdict::compiler(&self.people, &message), None)
            }
        }))
    }
}

/// A message, what shows what it says, and the section of the guide about it.
type Shown = (Option<Markup>, Markup, Option<String>);

fn ran(statistics: &Statistics) -> Markup {
    let of = |status| statistics.statuses.get(&status).copied().unwrap_or(0);
    let broken = of(Status::DoesNotCompile);
    html! {
        (count(statistics.run, "answer")) " could be run"
        @if broken > 0 {
            ", and " (broken) (if broken == 1 { " does" } else { " do" }) " not compile"
        }
        ". The check that most of them fail comes first."
    }
}

fn checks(exercise: &Exercise, counts: &[CheckCounts]) -> Markup {
    html! {
        div.scroll tabindex="0" role="group" aria-label={ "Checks of " (super::name(exercise)) } {
            table.checks {
                thead { tr {
                    th scope="col" { "Check" }
                    th scope="col" aria-hidden="true" {}
                    @for (sign, word) in
                        [("✗", "failed"), ("?", "inconclusive"), ("·", "not run"), ("✓", "passed")]
                    {
                        th.number scope="col" {
                            span.sign aria-hidden="true" { (sign) } " " (word)
                        }
                    }
                } }
                tbody { @for counts in counts { (check(exercise, counts)) } }
            }
        }
    }
}

fn check(exercise: &Exercise, counts: &CheckCounts) -> Markup {
    let check = &exercise.checks[counts.check];
    let &CheckCounts { passed, failed, inconclusive, not_run, .. } = counts;
    let parts = [
        ("failed", failed),
        ("inconclusive", inconclusive),
        ("absent", not_run),
        ("passed", passed),
    ];
    html! {
        tr {
            th scope="row" {
                (super::own_prose(&check.title))
                span.quiet { " " (kind(check.kind)) " · " (guide::link(exercise, &check.guide)) }
            }
            td { (bar(&parts)) }
            @for (class, count) in parts {
                td.number.(class)[count > 0].zero[count == 0] { (count) }
            }
        }
    }
}

fn kind(kind: Kind) -> &'static str {
    match kind {
        Kind::Behaviour => "behaviour",
        Kind::Race => "race",
        Kind::Sequences => "sequences",
        Kind::Explored => "explored",
        Kind::Ollama => "Ollama",
    }
}
