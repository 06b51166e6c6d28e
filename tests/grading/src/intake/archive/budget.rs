//! How much of an archive is read.

use std::cell::Cell;
use std::io::{self, Read};
use std::rc::Rc;

const MIB: u64 = 1024 * 1024;

/// What may still be read of an archive and the archives in it.
#[derive(Debug)]
pub struct Budget {
    is_of_class: bool,
    files: usize,
    bytes: Limit,
}

/// What may still be read, in bytes, and what is found if there is more. Clones are one limit.
#[derive(Clone, Debug)]
pub struct Limit {
    left: Rc<Cell<u64>>,
    more: Rc<str>,
}

impl Budget {
    /// For what one learner has handed in: a whole fork, with room to spare.
    pub fn of_learner() -> Self {
        Self { is_of_class: false, files: 50_000, bytes: Limit::mib(256) }
    }

    /// For the archive of a class, which comes from a learning platform.
    pub fn of_class() -> Self {
        Self { is_of_class: true, files: 5_000_000, bytes: Limit::mib(64 * 1024) }
    }

    /// Whether it is for the archive of a class.
    pub fn is_of_class(&self) -> bool {
        self.is_of_class
    }

    /// Counts a file, unless there are too many.
    pub fn count_file(&mut self) -> Result<(), String> {
        let left = self.files.checked_sub(1);
        self.files = left.ok_or("expected fewer files; the rest was not read")?;
        Ok(())
    }

    /// What may still be unpacked.
    pub fn bytes(&self) -> Limit {
        self.bytes.clone()
    }
}

impl Limit {
    /// At most so many bytes, or else `more` is what was found.
    pub fn new(bytes: u64, more: &str) -> Self {
        Self { left: Rc::new(Cell::new(bytes)), more: more.into() }
    }

    fn mib(most: u64) -> Self {
        Self::new(most * MIB, &format!("more than {most} MiB when it is unpacked"))
    }

    /// From here on, at most so many bytes.
    pub fn set(&self, bytes: u64) {
        self.left.set(bytes);
    }
}

/// A reader that stops with an error at a limit.
#[derive(Debug)]
pub struct Meter<R> {
    reader: R,
    limits: Vec<Limit>,
}

impl<R> Meter<R> {
    /// A reader with limits.
    pub fn new(reader: R, limits: Vec<Limit>) -> Self {
        Self { reader, limits }
    }
}

impl<R: Read> Read for Meter<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let mut most = buffer.len();
        for limit in &self.limits {
            let left = usize::try_from(limit.left.get()).unwrap_or(usize::MAX);
            if left == 0 && most > 0 {
                return Err(io::Error::other(&*limit.more));
            }
            most = most.min(left);
        }
        let count = self.reader.read(&mut buffer[..most])?;
        for limit in &self.limits {
            limit.left.set(limit.left.get() - count as u64);
        }
        Ok(count)
    }
}
