//! The page of the grades, and what it counts, for classes that are made up.

mod html;
mod made;
mod statistics;
