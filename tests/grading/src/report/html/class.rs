//! A row for each learner.

use maud::{Markup, html};

use super::Page;
use super::status::{self, STATUSES};
use crate::gradebook::{Exercise, Grade, Gradebook};

impl Page<'_> {
    pub(super) fn class_table_head(&self) -> Markup {
        let Gradebook { exercises, .. } = self.gradebook;
        html! {
            thead {
                tr {
                    th scope="col" { (sorter("Learner")) }
                    @for exercise in exercises {
                        th scope="col" { (sorter(&super::name(exercise))) }
                    }
                    th.number scope="col" { (sorter("Total")) }
                }
            }
        }
    }

    /// How the table can be filtered: with a script.
    pub(super) fn class_filters(&self) -> Markup {
        let Gradebook { exercises, learners, .. } = self.gradebook;
        html! {
            form.filters.scripted role="search" aria-label="Learners" {
                label { "Find " input type="search" id="find" autocomplete="off" spellcheck="false"; }
                label {
                    "Exercise "
                    select id="of-exercise" {
                        option value="" { "any" }
                        @for (at, exercise) in exercises.iter().enumerate() {
                            option value=(at + 1) { (super::name(exercise)) }
                        }
                    }
                }
                label {
                    "Status "
                    select id="of-status" {
                        option value="" { "any" }
                        @for status in STATUSES.iter().filter(|&&it| self.count(it) > 0) {
                            option { (status.in_words()) }
                        }
                    }
                }
                label { input type="checkbox" id="only-late"; " " (super::late()) }
                label { input type="checkbox" id="only-review"; " " (super::to_review()) }
                output id="shown" for="find of-exercise of-status only-late only-review" {
                    (learners.len()) " of " (learners.len()) " learners"
                }
            }
        }
    }

    pub(super) fn class_row(&self, learner: usize) -> Markup {
        let grades = &self.gradebook.learners[learner].grades;
        let anchor = self.people.anchor(learner);
        let points: u32 = grades.iter().filter_map(|grade| grade.points).sum();
        let undecided = grades.iter().filter(|grade| !grade.status.is_graded()).count();
        html! {
            tr data-number=(self.people.number(learner)) {
                th scope="row" { a href={ "#" (anchor) } { (self.people.person(learner)) } }
                @for grade in grades { (cell(anchor, grade)) }
                td.number data-sort=(points) {
                    (points)
                    @if undecided > 0 {
                        span.status.undecided title="without what has no grade yet" { " + ?" }
                    }
                }
            }
        }
    }

    pub(super) fn class_table_foot(&self) -> Markup {
        let Gradebook { exercises, .. } = self.gradebook;
        let max_points: u32 = exercises.iter().map(|exercise| exercise.max_points).sum();
        html! {
            tfoot {
                tr {
                    th scope="row" { "Points to be had" }
                    @for Exercise { max_points, .. } in exercises {
                        td { span.grade-link { span.points { (max_points) } } }
                    }
                    td.number { (max_points) }
                }
            }
        }
    }
}

fn sorter(text: &str) -> Markup {
    html! { button.sorter type="button" { (text) } }
}

fn cell(anchor: &str, grade: &Grade) -> Markup {
    html! {
        td data-sort=[grade.points] data-status=(grade.status.in_words())
            data-late[grade.late] data-review[!grade.review.is_empty()]
        {
            a.grade-link href={ "#" (anchor) "-" (grade.exercise) } {
                span.points {
                    @match grade.points { Some(points) => (points), None => "–" }
                }
                span {
                    " " (status::status(grade.status))
                    span.marks {
                        @if grade.late { " " (super::late()) }
                        @if !grade.review.is_empty() { " " (super::to_review()) }
                    }
                }
            }
        }
    }
}
