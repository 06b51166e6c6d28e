//! Parts of a whole, as a bar. The numbers stand beside it.

use maud::{Markup, html};

/// A bar with a part for each number, which has this class.
pub(super) fn bar(parts: &[(&'static str, usize)]) -> Markup {
    let all: usize = parts.iter().map(|(_, count)| count).sum();
    let before = |at: usize| parts[..at].iter().map(|(_, count)| count).sum::<usize>();
    html! {
        // The policy of the page allows no styles in attributes, and these are none.
        svg.bar viewBox={ "0 0 " (all.max(1)) " 1" } preserveAspectRatio="none" aria-hidden="true" {
            @for (at, (class, count)) in parts.iter().enumerate() {
                @if *count > 0 { rect class=(class) x=(before(at)) width=(count) height="1" {} }
            }
        }
    }
}
