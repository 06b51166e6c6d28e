//! The tables of the guide.

use super::Numbers;

pub fn markdown(memory: &Numbers, time: &Numbers, go: &Numbers, machine: &str) -> String {
    let bytes = |numbers: &Numbers, name| numbers.get(name).map_or("–".to_owned(), in_bytes);
    let nanoseconds = |numbers: &Numbers, name| numbers.get(name).map_or("–".to_owned(), in_time);
    format!(
        "\
| | a thread | a task | a goroutine |
|---|--:|--:|--:|
| memory of one that waits | {} | {} | {} |
| the same, with 1 KiB of variables | | {} | |
| to start one and to wait for its end | {} | {} | {} |
| to hand over to another one | {} | {} | {} |

| to send one value and to receive it | |
|---|--:|
| `std::sync::mpsc::sync_channel` | {} |
| `tokio::sync::mpsc::channel` | {} |
| `tokio::sync::oneshot::channel`, a new one for each value | {} |
| a buffered channel in Go | {} |

*Measured on: {machine}.*
",
        bytes(memory, "thread"),
        bytes(memory, "task"),
        bytes(go, "memory"),
        bytes(memory, "task_with_a_kibibyte"),
        nanoseconds(time, "thread: start"),
        nanoseconds(time, "task: start"),
        nanoseconds(go, "start"),
        nanoseconds(time, "thread: hand over"),
        nanoseconds(time, "task: hand over"),
        nanoseconds(go, "hand_over"),
        nanoseconds(time, "std::sync::mpsc"),
        nanoseconds(time, "tokio::sync::mpsc"),
        nanoseconds(time, "tokio::sync::oneshot"),
        nanoseconds(go, "channel"),
    )
}

fn in_bytes(bytes: &f64) -> String {
    if *bytes < 4096.0 { format!("{bytes:.0} B") } else { format!("{} KiB", short(bytes / 1024.0)) }
}

fn in_time(nanoseconds: &f64) -> String {
    match nanoseconds {
        ..1e3 => format!("{} ns", short(*nanoseconds)),
        _ => format!("{} µs", short(nanoseconds / 1e3)),
    }
}

/// Two digits that mean something; more would be noise.
fn short(number: f64) -> String {
    match number {
        ..9.95 => format!("{number:.1}"),
        ..99.5 => format!("{number:.0}"),
        _ => format!("{:.0}", (number / 10.0).round() * 10.0),
    }
}
