// ANCHOR: all
use std::error::Error;
use std::fmt;
use std::num::ParseIntError;

#[derive(Debug)]
enum LimitError {
    NotANumber(ParseIntError),
    Zero,
}

impl fmt::Display for LimitError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            LimitError::NotANumber(_) => write!(f, "not a number"),
            LimitError::Zero => write!(f, "zero is no limit"),
        }
    }
}

impl Error for LimitError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            LimitError::NotANumber(cause) => Some(cause),
            LimitError::Zero => None,
        }
    }
}

fn parse_limit(text: &str) -> Result<u32, LimitError> {
    let limit = text.parse().map_err(LimitError::NotANumber)?;
    if limit == 0 { Err(LimitError::Zero) } else { Ok(limit) }
}

fn main() {
    for text in ["4", "four", "0"] {
        match parse_limit(text) {
            Ok(limit) => println!("limit {limit}"),
            Err(LimitError::Zero) => println!("say at least 1"),
            Err(error) => println!("error: {error}, because: {:?}", error.source()),
        }
    }
}
// ANCHOR_END: all
