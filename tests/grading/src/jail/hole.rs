//! What a jail may fail to hold.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Something that a program in a jail can do and must not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Hole {
    /// It reads files of the host.
    Reads,
    /// It writes files of the host.
    Writes,
    /// It sees what other processes do.
    Processes,
    /// It sends signals to other processes.
    Signals,
    /// It connects to programs on this machine.
    Loopback,
    /// It reaches other machines.
    Network,
    /// It connects to the Unix sockets of programs on this machine.
    Sockets,
}

impl fmt::Display for Hole {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Reads => "can read files of this machine",
            Self::Writes => "can write files of this machine",
            Self::Processes => "can see other processes",
            Self::Signals => "can send signals to other processes",
            Self::Loopback => "can connect to programs on this machine",
            Self::Network => "can connect to other machines",
            Self::Sockets => "can connect to Unix sockets of programs on this machine",
        })
    }
}
