//! A learner schedules their own answer: [`walk`] makes the graph of a model's states, [`recorded`]
//! the one of an interleaving that a check has recorded, and [`page`] shows them as the guide's page
//! "Be the scheduler" does, or the [`terminal`]. [`levels`] chooses what there is to play.

#![warn(missing_docs)]

pub mod levels;
pub mod page;
pub mod recorded;
pub mod terminal;
pub mod walk;
