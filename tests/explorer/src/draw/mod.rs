//! Drawings of a schedule: for the terminal and as SVG.

mod svg;
mod terminal;
mod words;

pub use svg::to_svg;
pub use terminal::to_terminal;
