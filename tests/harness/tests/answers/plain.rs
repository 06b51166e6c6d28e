//! An answer that neither blocks nor needs to be explored.

pub fn power(exponent: u32) -> u32 {
    2_u32.pow(exponent)
}

pub fn unwritten() {
    todo!("write it")
}
