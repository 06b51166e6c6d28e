//! Grades a class: from a folder of submissions to a gradebook.
//!
//! A [`Class`](submission::Class) is what was handed in. Each answer is judged in a jail by the
//! checks that learners run themselves, and the [`Gradebook`](gradebook::Gradebook) holds what
//! came of it; all reports are made from the gradebook.

#![warn(missing_docs)]

pub mod autograder;
pub mod class;
pub mod commands;
pub mod compile;
pub mod gradebook;
pub mod intake;
pub mod jail;
pub mod judge;
pub mod merge;
pub mod out;
pub mod report;
pub mod shard;
pub mod similar;
pub mod store;
pub mod submission;
