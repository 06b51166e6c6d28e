//! The head of the page: what was graded and how, and what came of it in numbers.

use maud::{Markup, html};

use super::Page;
use super::bar::bar;
use super::status::{self, STATUSES};
use crate::gradebook::{Gradebook, Isolation, Status};
use crate::report::statistics::Statistics;

impl Page<'_> {
    pub(super) fn overview(&self) -> Markup {
        let Gradebook { isolation, shard, deadline, exercises, notes, learners, .. } =
            self.gradebook;
        let shown: Vec<Status> = STATUSES.into_iter().filter(|&it| self.count(it) > 0).collect();
        let any_late = self.statistics.iter().any(|it| it.late > 0);
        let any_review = self.statistics.iter().any(|it| it.to_review > 0);
        html! {
            h1 { "Grades of the class" }
            p.label {
                "Names are hidden, and so are ids, addresses, notes, the names of files, whole \
                 answers, and what they printed. In the lines and messages that are shown, the \
                 names of the class are hidden, and nothing else."
            }
            @if *isolation == Isolation::Unsandboxed {
                p.warning role="note" {
                    strong { "⚠ Unsandboxed." }
                    " These answers were compiled and run without a sandbox, as was asked for. Each \
                     of them could have read and changed anything on the machine, these grades \
                     too. Before the grades count, grade again with bubblewrap or Landlock."
                }
            }
            p.facts {
                span { strong { (learners.len()) } (if learners.len() == 1 { " learner" } else { " learners" }) }
                span { strong { (exercises.len()) } (if exercises.len() == 1 { " exercise" } else { " exercises" }) }
                @if let Some(shard) = shard {
                    span { "only part " strong { (shard.to_string()) } " of the class" }
                }
                span {
                    @match deadline {
                        Some(deadline) => { "Deadline: " strong { (super::time(*deadline)) } },
                        None => "No deadline",
                    }
                }
                span {
                    @match isolation {
                        Isolation::Bubblewrap => {
                            "Isolation: " strong { "bubblewrap" } ", each answer in namespaces of \
                             its own, with limits"
                        },
                        Isolation::Landlock => {
                            "Isolation: " strong { "Landlock" } ", the kernel's rules on files and \
                             sockets, with limits"
                        },
                        Isolation::Unsandboxed => { "Isolation: " strong { "none" } },
                    }
                }
            }
            (self.notes(notes))
            div.scroll tabindex="0" role="group" aria-labelledby="counts" {
                table.counts {
                    caption.unseen-text id="counts" { "How many answers of each status" }
                    thead {
                        tr {
                            th scope="col" { "Exercise" }
                            th scope="col" aria-hidden="true" {}
                            @for status in &shown { th scope="col" { (status::status(*status)) } }
                            @if any_late { th scope="col" { (super::late()) } }
                            @if any_review { th scope="col" { (super::to_review()) } }
                            th scope="col" { "median points" }
                        }
                    }
                    tbody {
                        @for (exercise, statistics) in exercises.iter().zip(&self.statistics) {
                            tr {
                                th scope="row" {
                                    a href={ "#" (exercise.exercise) } { (super::name(exercise)) }
                                }
                                td { (statuses_bar(statistics)) }
                                @for status in &shown { td.number { (of(statistics, *status)) } }
                                @if any_late { td.number { (statistics.late) } }
                                @if any_review { td.number { (statistics.to_review) } }
                                td.number {
                                    @match statistics.median {
                                        Some(median) => (median),
                                        None => "–",
                                    }
                                }
                            }
                        }
                    }
                }
            }
        }
    }

    pub(super) fn count(&self, status: Status) -> usize {
        self.statistics.iter().map(|statistics| of(statistics, status)).sum()
    }
}

fn of(statistics: &Statistics, status: Status) -> usize {
    statistics.statuses.get(&status).copied().unwrap_or(0)
}

fn statuses_bar(statistics: &Statistics) -> Markup {
    bar(&STATUSES.map(|status| (status::class(status), of(statistics, status))))
}
