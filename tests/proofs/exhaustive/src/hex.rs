//! Four hexadecimal digits that are read at once (RFC 8259 section 7), against a table: every value of four bytes.

use jwe_primitives::internals::json_four_hex_digits;

use crate::texts::{Difference, each_below, same};

pub fn prove(_everything: bool) -> Result<u64, Difference> {
    const NO_DIGIT: u32 = 1 << 16;
    let values: [u32; 256] = std::array::from_fn(|byte| char::from(byte as u8).to_digit(16).unwrap_or(NO_DIGIT));
    each_below(1 << 32, |number| {
        let bytes = (number as u32).to_be_bytes();
        let [three, two, one, zero] = bytes.map(|byte| values[usize::from(byte)]);
        let is_number = (three | two | one | zero) < NO_DIGIT;
        let reference = is_number.then_some((three << 12 | two << 8 | one << 4 | zero) as u16);
        same(&bytes, &json_four_hex_digits(bytes), &reference)
    })
}
