//! Drawings of a schedule: for the terminal, and as SVG (feature `svg`).

#[cfg(feature = "svg")]
mod svg;
mod terminal;
mod words;

#[cfg(feature = "svg")]
pub use svg::to_svg;
pub use terminal::to_terminal;
pub use words::step as words;
