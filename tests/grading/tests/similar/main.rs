//! Which of the known answers are found to be alike, and what is said about a class.

mod bed;
mod class;
mod disguise;
mod given;
mod page;
