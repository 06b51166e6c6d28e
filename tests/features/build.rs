//! Nothing to do: without a build script, cargo would not look at the build dependencies.

fn main() {
    // Otherwise cargo would ask git for the files of this package in each build.
    println!("cargo::rerun-if-changed=build.rs");
}
