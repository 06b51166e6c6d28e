//! Tests of the guide's pages as mdBook builds them: `just test-guide`.
//!
//! [`book`] reads the pages, and [`site`] serves them.

#![warn(missing_docs)]

pub mod book;
pub mod site;
