//! What criterion has measured, from the files that it writes.

use std::fs::File;
use std::io::{self, BufReader};
use std::path::Path;

use serde::Deserialize;
use serde::de::DeserializeOwned;
use walkdir::WalkDir;

/// How long one of the answers and peers took for a piece of work.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct Measured {
    /// The work: a row of the table.
    pub work: String,
    /// Whose code did it.
    pub by: String,
    /// How many items there are in the work.
    pub items: u64,
    /// The mean time for each item, in nanoseconds.
    pub mean: f64,
    /// Between these the mean is with 95 % confidence.
    pub between: (f64, f64),
}

/// Reads all that criterion has measured into a folder, in the order in which it was measured.
///
/// # Errors
///
/// If a file cannot be read, or is not as criterion writes it.
pub fn read(folder: &Path) -> io::Result<Vec<Measured>> {
    let mut all = Vec::new();
    for entry in WalkDir::new(folder) {
        let path = entry?.into_path();
        if path.ends_with("new/benchmark.json") {
            let Benchmark { group_id, function_id, throughput } = json(&path)?;
            let Estimates { mean } = json(&path.with_file_name("estimates.json"))?;
            let items = throughput.elements as f64;
            let interval = mean.confidence_interval;
            let measured = Measured {
                work: group_id,
                by: function_id,
                items: throughput.elements,
                mean: mean.point_estimate / items,
                between: (interval.lower_bound / items, interval.upper_bound / items),
            };
            all.push((path.metadata()?.modified()?, measured));
        }
    }
    all.sort_by_key(|&(written, _)| written);
    Ok(all.into_iter().map(|(_, measured)| measured).collect())
}

fn json<T: DeserializeOwned>(path: &Path) -> io::Result<T> {
    Ok(serde_json::from_reader(BufReader::new(File::open(path)?))?)
}

#[derive(Deserialize)]
struct Benchmark {
    group_id: String,
    function_id: String,
    throughput: Items,
}

#[derive(Deserialize)]
struct Items {
    #[serde(rename = "Elements")]
    elements: u64,
}

#[derive(Deserialize)]
struct Estimates {
    mean: Estimate,
}

#[derive(Deserialize)]
struct Estimate {
    point_estimate: f64,
    confidence_interval: Interval,
}

#[derive(Deserialize)]
struct Interval {
    lower_bound: f64,
    upper_bound: f64,
}
