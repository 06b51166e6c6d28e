//! When an attempt is late.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;

/// Reads a point in time: with its offset, as in `2026-12-01T23:59:00+01:00`, or as the clock on
/// this machine's wall shows it: `2026-12-01 23:59`.
///
/// # Errors
///
/// If it is neither.
pub fn deadline(text: &str) -> Result<Timestamp, String> {
    read(text, TimeZone::system())
}

fn read(text: &str, zone: TimeZone) -> Result<Timestamp, String> {
    if let Ok(timestamp) = text.parse() {
        return Ok(timestamp);
    }
    let has_time = text.contains(':');
    let local = text.parse::<DateTime>().ok().filter(|_| has_time);
    local.and_then(|time| zone.to_timestamp(time).ok()).ok_or_else(|| {
        format!("expected a date and a time, such as \"2026-12-01 23:59\", not \"{text}\"")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_deadline_is_local_or_has_an_offset() {
        let zone = || TimeZone::fixed(jiff::tz::offset(2));
        let expected = "2026-12-01T21:59:00Z".parse();
        assert_eq!(read("2026-12-01 23:59", zone()).ok(), expected.ok());
        for text in ["2026-12-01T21:59:00Z", "2026-12-01T22:59:00+01:00", "2026-12-01T23:59"] {
            assert_eq!(read(text, zone()), read("2026-12-01 23:59", zone()), "{text}");
        }
        for wrong in ["2026-12-01", "tomorrow", "23:59", ""] {
            assert!(read(wrong, zone()).is_err(), "{wrong}");
        }
    }
}
