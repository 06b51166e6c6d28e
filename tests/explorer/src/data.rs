//! Data that a model's threads share under the protection of the answer.

/// Something to read and write that protects itself from nothing: loom fails the
/// interleaving in which two accesses are not ordered by the answer.
#[derive(Debug)]
pub struct Data(loom::cell::UnsafeCell<()>);

impl Data {
    // Data is made for a model, which a `Default` would hide.
    #[expect(clippy::new_without_default)]
    pub fn new() -> Self {
        Self(loom::cell::UnsafeCell::new(()))
    }

    #[track_caller]
    pub fn write(&self) {
        self.0.with_mut(|_| ());
    }

    #[track_caller]
    pub fn read(&self) {
        self.0.with(|_| ());
    }
}
