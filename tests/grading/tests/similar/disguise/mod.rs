//! What somebody may do to a copy so that it looks like another answer, done by a program.
//!
//! Each disguise is thorough: it is applied wherever it can be.

mod flow;
mod layout;
mod names;
mod order;
mod padding;
mod variables;

use syn::File;

/// A way to disguise an answer.
pub struct Disguise {
    pub name: &'static str,
    apply: fn(&Original<'_>) -> String,
}

/// The answer that is disguised.
struct Original<'a> {
    text: &'a str,
    file: File,
    /// Has the names that have to stay.
    stub: &'a str,
}

impl Disguise {
    /// The answer in its disguise. `stub` is what its exercise begins with.
    pub fn apply(&self, text: &str, stub: &str) -> String {
        let file = syn::parse_file(text).expect("a right answer can be parsed");
        (self.apply)(&Original { text, file, stub })
    }
}

/// All of them: first single ones, then several at once.
pub const ALL: [Disguise; 16] = [
    Disguise { name: "renamed", apply: |of| print(names::renamed(&of.file, of.stub)) },
    Disguise { name: "reordered", apply: |of| print(order::shuffled(of.file.clone(), 1)) },
    Disguise { name: "one-line", apply: |of| layout::on_one_line(&of.file) },
    Disguise { name: "one-token-a-line", apply: |of| layout::one_token_a_line(&of.file) },
    Disguise { name: "commented", apply: |of| layout::commented(of.text) },
    Disguise { name: "branches-swapped", apply: |of| print(flow::swapped(of.file.clone())) },
    Disguise { name: "while-as-loop", apply: |of| print(flow::loops(of.file.clone())) },
    Disguise { name: "with-return", apply: |of| print(flow::returns(of.file.clone())) },
    Disguise { name: "extracted", apply: |of| print(variables::extracted(of.file.clone())) },
    Disguise { name: "inlined", apply: |of| print(variables::inlined(of.file.clone())) },
    Disguise { name: "padded-10", apply: |of| print(padding::padded(of.file.clone(), 10)) },
    Disguise { name: "padded-5", apply: |of| print(padding::padded(of.file.clone(), 5)) },
    Disguise { name: "padded-3", apply: |of| print(padding::padded(of.file.clone(), 3)) },
    Disguise { name: "padded-2", apply: |of| print(padding::padded(of.file.clone(), 2)) },
    Disguise { name: "much", apply: much },
    Disguise { name: "everything", apply: everything },
];

/// Four at once, with some dead code.
fn much(of: &Original<'_>) -> String {
    let file = flow::loops(flow::swapped(names::renamed(&of.file, of.stub)));
    let file = padding::padded(variables::extracted(file), 5);
    print(order::shuffled(file, 2))
}

/// All at once, and a statement of dead code after every third.
fn everything(of: &Original<'_>) -> String {
    let file = order::shuffled(names::renamed(&of.file, of.stub), 3);
    let file = variables::inlined(flow::loops(flow::swapped(file)));
    let file = flow::returns(variables::extracted(file));
    layout::commented(&print(padding::padded(file, 3)))
}

fn print(file: File) -> String {
    prettyplease::unparse(&file)
}
