//! What the tests of the page of the grades in a browser need: `just test-report`.

#[path = "../../tests/page/made.rs"]
pub mod made;
