//! Tests of the guide's pages as mdBook builds them: `just test-guide`.
//!
//! [`book`] reads the pages, [`site`] serves them, and [`browser`] opens them in Chromium.

#![warn(missing_docs)]

pub mod book;
pub mod browser;
pub mod site;
