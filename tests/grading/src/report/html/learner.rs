//! A learner: each grade, and why it is that.

use maud::{Markup, html};
use workbook::Fault;

use super::{Page, answer, status, verdict};
use crate::gradebook::{Exercise, Grade, Learner, Status};

impl Page<'_> {
    pub(super) fn learner(&self, at: usize) -> Result<Markup, Fault> {
        let learner = &self.gradebook.learners[at];
        let Learner { email, grades, .. } = learner;
        let notes: Vec<String> = learner.other_notes().cloned().collect();
        let anchor = self.people.anchor(at);
        let exercises = self.gradebook.exercises.iter().zip(grades);
        let shown: Result<Vec<Markup>, Fault> =
            exercises.map(|(exercise, grade)| self.grade(anchor, exercise, grade)).collect();
        Ok(html! {
            details.learner data-number=(self.people.number(at)) {
                summary {
                    h3 { (self.people.person(at)) }
                    span.in-short {
                        @for grade in grades {
                            " " span {
                                (number(&grade.exercise)) ": "
                                @if let Some(points) = grade.points { (points) " " }
                                (status::status(grade.status))
                            }
                        }
                    }
                }
                div id=(anchor) {
                    @if let Some(email) = email {
                        p.named { (self.people.text(email)) }
                    }
                    (self.notes(&notes))
                    @for grade in shown? { (grade) }
                }
            }
        })
    }

    fn grade(&self, anchor: &str, exercise: &Exercise, grade: &Grade) -> Result<Markup, Fault> {
        let id = format!("{anchor}-{}", exercise.exercise);
        let verdict = self.gradebook.verdict(grade)?;
        // Nobody looks for something in an answer that passes.
        let to_look_at = grade.status != Status::Passed || !grade.review.is_empty();
        let answer = grade.answer.as_ref().filter(|_| to_look_at);
        let text = answer.and_then(|answer| self.gradebook.text(answer));
        Ok(html! {
            section.grade id=(id) {
                h4 {
                    (super::name(exercise)) " "
                    a.link href={ "#" (id) } aria-label="Link to this grade" { "#" }
                }
                p.result {
                    (status::status(grade.status)) " "
                    span.points {
                        @match grade.points {
                            Some(points) => { (points) " of " (exercise.max_points) " points" },
                            None => "no grade yet",
                        }
                    }
                    @if grade.late { " " (super::late()) }
                    @if !grade.review.is_empty() { " " (super::to_review()) }
                }
                @if let Some(answer) = &grade.answer {
                    p.quiet.named {
                        code { (self.people.text(&answer.found)) }
                        @if let Some(time) = answer.handed_in {
                            ", handed in " (super::time(time))
                        }
                    }
                }
                @if let Some(next) = status::next(grade.status) { p.next.(status::class(grade.status)) { (next) } }
                (self.notes(&grade.notes))
                @if !grade.review.is_empty() {
                    (answer::findings(&self.people, &grade.review))
                }
                @if let Some(verdict) = &verdict { (verdict::verdict(&self.people, exercise, verdict)) }
                @if let Some(text) = text { (answer::answer(&self.people, &text)) }
            }
        })
    }

    /// Notes have the names of files, which say whose they are.
    pub(super) fn notes(&self, notes: &[String]) -> Markup {
        html! {
            @if !notes.is_empty() {
                ul.notes.named { @for note in notes { li { (self.people.prose(note)) } } }
            }
        }
    }
}

/// `4` of `exercise-4`.
fn number(exercise: &str) -> &str {
    exercise.rsplit('-').next().unwrap_or(exercise)
}
