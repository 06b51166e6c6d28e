// ANCHOR: all
use std::error::Error;
use std::fmt::{self, Display, Formatter};
use std::num::ParseIntError;

#[derive(Debug)]
enum LimitError {
    NotANumber(ParseIntError),
    Zero,
}
use LimitError::{NotANumber, Zero};

impl Display for LimitError {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            NotANumber(_) => "not a number",
            Zero => "zero is no limit",
        })
    }
}

impl Error for LimitError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            NotANumber(cause) => Some(cause),
            Zero => None,
        }
    }
}

fn parse_limit(text: &str) -> Result<u32, LimitError> {
    let limit = text.parse().map_err(NotANumber)?;
    if limit == 0 {
        return Err(Zero);
    }
    Ok(limit)
}

fn main() {
    for text in ["4", "four", "0"] {
        match parse_limit(text) {
            Ok(limit) => println!("limit {limit}"),
            Err(Zero) => println!("say at least 1"),
            Err(error) => println!("error: {error}"),
        }
    }
}
// ANCHOR_END: all
