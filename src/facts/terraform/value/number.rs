//! Numbers with the precision of Terraform's, which computes with 512-bit floats.

use std::fmt;
use std::str::FromStr;

use bigdecimal::{BigDecimal, ToPrimitive as _};

/// A number. Compares by value: `1.0` is `1`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Number(BigDecimal);

impl Number {
    /// The whole number, if it is one that fits.
    pub fn as_i64(&self) -> Option<i64> {
        if self.0.is_integer() { self.0.to_i64() } else { None }
    }
}

impl From<i64> for Number {
    fn from(value: i64) -> Self {
        Self(value.into())
    }
}

impl FromStr for Number {
    type Err = bigdecimal::ParseBigDecimalError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        BigDecimal::from_str(text).map(Self)
    }
}

impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.normalized().to_plain_string())
    }
}
