//! Numbers as Terraform computes with them: binary floats of 512 bits, printed with as few decimal
//! digits as tell them apart from their neighbours.
//!
//! Decimal arithmetic would print other digits for `1/3` or `0.1 + 0.2`. Lengths have 64 bits and
//! the results of `log` and `pow` 53, as in Terraform, so every number knows its precision.

use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::str::FromStr;

use num_bigint::{BigInt, BigUint, Sign};

use super::decimal::Decimal;

/// Bits of a number that was written as text.
const WRITTEN: u64 = 512;
/// Bits of a number that was counted.
const COUNTED: u64 = 64;
/// Bits of what `log` and `pow` give.
const FLOAT: u64 = 53;
/// No number is larger than two to this power, or smaller than its inverse: `1e999999999` would be
/// a gigabyte of text.
const MAX_EXPONENT: i64 = 1 << 16;
const MAX_TEXT: usize = 20_000;
const TOO_LARGE: &str = "the number has too many digits to be evaluated";

/// A number: `mantissa * 2^exponent`, the mantissa odd or zero. Compares by value: `1.0` is `1`.
#[derive(Debug, Clone)]
pub struct Number {
    negative: bool,
    mantissa: BigUint,
    exponent: i64,
    precision: u64,
}

impl Number {
    /// Rounds half to even; `more` says that nonzero bits follow the mantissa's.
    fn rounded(
        negative: bool,
        mut mantissa: BigUint,
        mut exponent: i64,
        more: bool,
        precision: u64,
    ) -> Result<Self, String> {
        let extra = mantissa.bits().saturating_sub(precision);
        if extra > 0 {
            let half = mantissa.bit(extra - 1);
            let beyond = more || mantissa.trailing_zeros().is_some_and(|zeros| zeros < extra - 1);
            mantissa >>= extra;
            if half && (beyond || mantissa.bit(0)) {
                mantissa += 1u8;
            }
            exponent = exponent.saturating_add_unsigned(extra);
        }
        let Some(zeros) = mantissa.trailing_zeros() else {
            return Ok(Self { negative, mantissa, exponent: 0, precision });
        };
        mantissa >>= zeros;
        exponent = exponent.saturating_add_unsigned(zeros);
        let size = exponent.saturating_add_unsigned(mantissa.bits());
        if !(-MAX_EXPONENT..=MAX_EXPONENT).contains(&size) {
            return Err(TOO_LARGE.to_owned());
        }
        Ok(Self { negative, mantissa, exponent, precision })
    }

    /// A quotient, to `precision` bits.
    fn ratio(
        negative: bool,
        dividend: &BigUint,
        divisor: &BigUint,
        exponent: i64,
        precision: u64,
    ) -> Result<Self, String> {
        let wanted = (precision + 2).saturating_add(divisor.bits());
        let shift = wanted.saturating_sub(dividend.bits());
        let dividend = dividend << shift;
        let (quotient, rest) = (&dividend / divisor, &dividend % divisor);
        let more = rest != BigUint::ZERO;
        Self::rounded(negative, quotient, exponent.saturating_sub_unsigned(shift), more, precision)
    }

    /// Exactly this whole number.
    pub fn from_integer(value: &BigInt) -> Result<Self, String> {
        let precision = value.bits().max(COUNTED);
        Self::rounded(value.sign() == Sign::Minus, value.magnitude().clone(), 0, false, precision)
    }

    /// What a 64-bit float holds; none for infinities and what is no number.
    pub fn from_f64(value: f64) -> Result<Self, String> {
        if !value.is_finite() {
            return Err("the result is not a finite number".to_owned());
        }
        let bits = value.to_bits();
        let (field, fraction) = ((bits >> 52) & 0x7ff, bits & ((1 << 52) - 1));
        let mantissa = if field == 0 { fraction } else { fraction | (1 << 52) };
        let exponent = i64::try_from(field.max(1)).unwrap_or_default() - 1075;
        Self::rounded(value < 0.0, mantissa.into(), exponent, false, FLOAT)
    }

    pub fn as_f64(&self) -> f64 {
        self.shortest().scientific(None, 'e').parse().unwrap_or(f64::NAN)
    }

    pub fn is_integer(&self) -> bool {
        self.exponent >= 0
    }

    /// The whole number, if it is one that fits.
    pub fn as_i64(&self) -> Option<i64> {
        if self.is_integer() { i64::try_from(self.truncated()).ok() } else { None }
    }

    /// The number without its fraction.
    pub fn truncated(&self) -> BigInt {
        let sign = if self.negative { Sign::Minus } else { Sign::Plus };
        let magnitude = match u64::try_from(self.exponent) {
            Ok(up) => &self.mantissa << up,
            Err(_) => &self.mantissa >> self.exponent.unsigned_abs(),
        };
        BigInt::from_biguint(sign, magnitude)
    }

    /// The whole number below, or itself.
    pub fn floor(&self) -> Result<Self, String> {
        let down = self.negative && !self.is_integer();
        self.whole(self.truncated() - u8::from(down))
    }

    /// The whole number above, or itself.
    pub fn ceil(&self) -> Result<Self, String> {
        let up = !self.negative && !self.is_integer();
        self.whole(self.truncated() + u8::from(up))
    }

    fn whole(&self, value: BigInt) -> Result<Self, String> {
        let negative = value.sign() == Sign::Minus;
        Self::rounded(negative, value.into_parts().1, 0, false, self.precision)
    }

    pub fn is_zero(&self) -> bool {
        self.mantissa == BigUint::ZERO
    }

    pub fn is_negative(&self) -> bool {
        self.negative && !self.is_zero()
    }

    #[must_use]
    pub fn negated(&self) -> Self {
        Self { negative: !self.negative, ..self.clone() }
    }

    #[must_use]
    pub fn absolute(&self) -> Self {
        Self { negative: false, ..self.clone() }
    }

    /// What makes numbers equal: not their precision, nor the sign of a zero.
    fn identity(&self) -> (bool, &BigUint, i64) {
        (self.is_negative(), &self.mantissa, self.exponent)
    }

    fn common_precision(&self, other: &Self) -> u64 {
        self.precision.max(other.precision)
    }

    /// Both as multiples of one power of two.
    fn aligned(&self, other: &Self) -> (BigInt, BigInt, i64) {
        let exponent = self.exponent.min(other.exponent);
        let scaled = |number: &Self| {
            let sign = if number.negative { Sign::Minus } else { Sign::Plus };
            BigInt::from_biguint(sign, &number.mantissa << (number.exponent - exponent).unsigned_abs())
        };
        (scaled(self), scaled(other), exponent)
    }

    fn sum(&self, other: &Self, precision: u64) -> Result<Self, String> {
        let (left, right, exponent) = self.aligned(other);
        let sum = left + right;
        let negative = sum.sign() == Sign::Minus;
        Self::rounded(negative, sum.into_parts().1, exponent, false, precision)
    }

    fn product(&self, other: &Self, precision: u64) -> Result<Self, String> {
        let (negative, mantissa) = (self.negative != other.negative, &self.mantissa * &other.mantissa);
        Self::rounded(negative, mantissa, self.exponent + other.exponent, false, precision)
    }

    pub fn add(&self, other: &Self) -> Result<Self, String> {
        self.sum(other, self.common_precision(other))
    }

    pub fn subtract(&self, other: &Self) -> Result<Self, String> {
        self.add(&other.negated())
    }

    /// Products keep as many bits as they need, up to 512.
    pub fn multiply(&self, other: &Self) -> Result<Self, String> {
        let mut product = self.product(other, WRITTEN)?;
        product.precision = self.common_precision(other).max(product.mantissa.bits());
        Ok(product)
    }

    pub fn divide(&self, other: &Self) -> Result<Self, String> {
        if other.is_zero() {
            return Err("division by zero".to_owned());
        }
        let (negative, precision) = (self.negative != other.negative, self.common_precision(other));
        let exponent = self.exponent - other.exponent;
        Self::ratio(negative, &self.mantissa, &other.mantissa, exponent, precision)
    }

    /// The rest of the division that truncates; the number itself when divided by zero.
    pub fn modulo(&self, other: &Self) -> Result<Self, String> {
        if other.is_zero() {
            return Ok(self.clone());
        }
        let times = self.whole(self.divide(other)?.truncated())?;
        self.sum(&other.product(&times, self.precision)?.negated(), self.precision)
    }

    /// The fewest digits that only this number, at its precision, is nearest to.
    pub fn shortest(&self) -> Decimal {
        Decimal::shortest(self.negative, &self.mantissa, self.exponent, self.precision)
    }

    /// All its digits.
    pub fn exact(&self) -> Decimal {
        Decimal::exact(self.negative, &self.mantissa, self.exponent)
    }
}

impl From<i64> for Number {
    fn from(value: i64) -> Self {
        let mantissa = BigUint::from(value.unsigned_abs());
        let zeros = mantissa.trailing_zeros().unwrap_or(0);
        Self {
            negative: value < 0,
            mantissa: mantissa >> zeros,
            exponent: i64::try_from(zeros).unwrap_or_default(),
            precision: COUNTED,
        }
    }
}

impl From<usize> for Number {
    fn from(value: usize) -> Self {
        i64::try_from(value).unwrap_or(i64::MAX).into()
    }
}

impl FromStr for Number {
    type Err = String;

    /// Decimal digits with an optional sign, fraction and exponent.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let invalid = || "a number is required".to_owned();
        if text.len() > MAX_TEXT {
            return Err(TOO_LARGE.to_owned());
        }
        let (negative, rest) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text.strip_prefix('+').unwrap_or(text)),
        };
        let (number, exponent) = match rest.split_once(['e', 'E']) {
            Some((number, exponent)) => {
                let digits = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
                if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
                    return Err(invalid());
                }
                let limit = if exponent.starts_with('-') { i64::MIN } else { i64::MAX };
                (number, exponent.parse().unwrap_or(limit))
            }
            None => (rest, 0),
        };
        let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
        let digits = format!("{whole}{fraction}");
        if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(invalid());
        }
        let mantissa = BigUint::parse_bytes(digits.as_bytes(), 10).ok_or_else(invalid)?;
        if mantissa == BigUint::ZERO {
            return Self::rounded(negative, mantissa, 0, false, WRITTEN);
        }
        let exponent = exponent.saturating_sub_unsigned(fraction.len() as u64);
        let size = u32::try_from(exponent.unsigned_abs()).ok().filter(|&size| i64::from(size) < MAX_EXPONENT);
        let scale = BigUint::from(10u8).pow(size.ok_or_else(|| TOO_LARGE.to_owned())?);
        if exponent < 0 {
            Self::ratio(negative, &mantissa, &scale, 0, WRITTEN)
        } else {
            Self::rounded(negative, mantissa * scale, 0, false, WRITTEN)
        }
    }
}

impl Ord for Number {
    fn cmp(&self, other: &Self) -> Ordering {
        // Signs and sizes first: aligning is costly for numbers of very different sizes.
        let size = |number: &Self| {
            let size = number.exponent.saturating_add_unsigned(number.mantissa.bits());
            if number.is_zero() {
                (0, 0)
            } else if number.negative {
                (-1, -size)
            } else {
                (1, size)
            }
        };
        size(self).cmp(&size(other)).then_with(|| {
            let (left, right, _) = self.aligned(other);
            left.cmp(&right)
        })
    }
}

impl PartialOrd for Number {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Number {
    fn eq(&self, other: &Self) -> bool {
        self.identity() == other.identity()
    }
}

impl Eq for Number {}

impl Hash for Number {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.identity().hash(state);
    }
}

impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.as_i64() {
            Some(small) if small != 0 => write!(f, "{small}"),
            _ => f.write_str(&self.shortest().plain(None)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number(text: &str) -> Number {
        text.parse().unwrap()
    }

    #[test]
    fn numbers_print_as_they_were_written() {
        for text in ["0", "1", "-1", "0.1", "0.3", "12.5", "123456789012345678901234567890", "-0.000001"] {
            assert_eq!(number(text).to_string(), text);
        }
        assert_eq!(number("1e50").to_string(), format!("1{}", "0".repeat(50)));
        assert_eq!(number("+1.50").to_string(), "1.5");
        assert_eq!(number(".5").to_string(), "0.5");
        assert_eq!(number("-0").to_string(), "-0");
        assert_eq!(number("-0"), number("0"));
        assert_eq!(number("1.0"), number("1"));
    }

    #[test]
    fn arithmetic_is_binary_with_512_bits() {
        let third = number("1").divide(&number("3")).unwrap().to_string();
        assert!(third.starts_with("0.33333") && third.len() > 150, "{third}");
        assert_eq!(number("1").divide(&number("4")).unwrap().to_string(), "0.25");
        assert_eq!(number("7").modulo(&number("-3")).unwrap().to_string(), "1");
        assert_eq!(number("-7.5").modulo(&number("2")).unwrap().to_string(), "-1.5");
        assert_eq!(number("2.5").multiply(&number("4")).unwrap().to_string(), "10");
        assert!(number("1").divide(&number("0")).is_err());
        assert_eq!(
            Number::from(10_i64).divide(&Number::from(3_i64)).unwrap().to_string(),
            "3.3333333333333333333"
        );
    }

    #[test]
    fn rounding_down_and_up() {
        assert_eq!(number("-1.5").floor().unwrap(), number("-2"));
        assert_eq!(number("-1.5").ceil().unwrap(), number("-1"));
        assert_eq!(number("1.5").ceil().unwrap(), number("2"));
        assert_eq!(number("4").ceil().unwrap(), number("4"));
    }

    #[test]
    fn giant_numbers_are_refused() {
        for text in ["1e999999999", "1e-999999999", "1e99999999999999999999", &"9".repeat(30_000)] {
            assert_eq!(text.parse::<Number>().unwrap_err(), TOO_LARGE);
        }
        let mut large = number("1e15000");
        assert_eq!(large.multiply(&large).unwrap_err(), TOO_LARGE);
        large = large.add(&number("1e-15000")).unwrap();
        assert_eq!(large.to_string().len(), 15_001);
        for text in ["", "x", "1e", "1.2.3", "0x10", "Inf", "1_000", " 1", "--1", "e5", "."] {
            assert_eq!(text.parse::<Number>().unwrap_err(), "a number is required", "{text}");
        }
    }

    #[test]
    fn floats_come_and_go() {
        for value in [0.0, 1.0, -2.5, 0.1, 1e300, 5e-324] {
            assert!((Number::from_f64(value).unwrap().as_f64() - value).abs() < f64::EPSILON);
        }
        assert_eq!(Number::from_f64(0.1).unwrap().to_string(), "0.1");
        assert!(Number::from_f64(f64::INFINITY).is_err());
    }
}
