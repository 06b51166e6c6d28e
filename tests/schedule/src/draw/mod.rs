//! Drawings of a schedule: for the terminal, and as SVG (feature `svg`).

mod story;
#[cfg(feature = "svg")]
mod svg;
mod terminal;
mod words;

pub use story::story_to_terminal;
#[cfg(feature = "svg")]
pub use svg::to_svg;
pub use terminal::to_terminal;
pub use words::{step as words, switch};
