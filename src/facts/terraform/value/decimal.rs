//! The decimal digits of a binary number, and the ways in which Terraform writes them.

use std::cmp::Ordering;

use num_bigint::BigUint;

/// `0.DIGITS * 10^point`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decimal {
    negative: bool,
    digits: String,
    point: i64,
}

impl Decimal {
    fn new(negative: bool, digits: &str, point: i64) -> Self {
        let digits = digits.trim_end_matches('0');
        let leading = digits.len() - digits.trim_start_matches('0').len();
        let point = if digits.is_empty() { 0 } else { point.saturating_sub_unsigned(leading as u64) };
        Self { negative, digits: digits.trim_start_matches('0').to_owned(), point }
    }

    /// Every digit of `mantissa * 2^exponent`.
    pub fn exact(negative: bool, mantissa: &BigUint, exponent: i64) -> Self {
        let size = exponent.unsigned_abs();
        let places = if exponent < 0 { size } else { 0 };
        let digits = if exponent < 0 {
            mantissa * BigUint::from(5u8).pow(u32::try_from(size).unwrap_or(u32::MAX))
        } else {
            mantissa << size
        };
        let digits = digits.to_string();
        let point = i64::try_from(digits.len()).unwrap_or(i64::MAX).saturating_sub_unsigned(places);
        Self::new(negative, &digits, point)
    }

    /// The fewest digits that lie closer to the number than half the distance to its neighbours, or
    /// at that distance when the number's last bit is even.
    pub fn shortest(negative: bool, mantissa: &BigUint, exponent: i64, precision: u64) -> Self {
        let exact = Self::exact(negative, mantissa, exponent);
        let spare = precision.saturating_sub(mantissa.bits());
        let inclusive = spare > 0 || !mantissa.bit(0);
        let half = exponent.saturating_sub_unsigned(spare + 1);
        let (mut low, mut high) = (1, exact.digits.len().max(1));
        while low < high {
            let middle = usize::midpoint(low, high);
            let distance = exact.rounded(middle).compare_distance(mantissa, exponent, half);
            if distance.is_lt() || (inclusive && distance.is_eq()) {
                high = middle;
            } else {
                low = middle + 1;
            }
        }
        exact.rounded(low)
    }

    /// Compares the distance from `mantissa * 2^exponent` with `2^half`, where `half < exponent`.
    fn compare_distance(&self, mantissa: &BigUint, exponent: i64, half: i64) -> Ordering {
        // All three are made whole: times a power of two, and a power of ten.
        let twos = half.min(0).unsigned_abs();
        let count = i64::try_from(self.digits.len()).unwrap_or(i64::MAX);
        let tens = count.saturating_sub(self.point);
        let power = |exponent: i64| BigUint::from(10u8).pow(u32::try_from(exponent).unwrap_or_default());
        let shift = |exponent: i64| u64::try_from(exponent).unwrap_or_default() + twos;
        let digits = BigUint::parse_bytes(self.digits.as_bytes(), 10).unwrap_or_default();
        let candidate = (digits * power(-tens)) << twos;
        let scaled = |value: BigUint, exponent: i64| {
            let value = value * power(tens);
            if exponent < 0 { value << (twos - exponent.unsigned_abs()) } else { value << shift(exponent) }
        };
        let (value, half) = (scaled(mantissa.clone(), exponent), scaled(BigUint::from(1u8), half));
        let distance = if candidate > value { candidate - value } else { value - candidate };
        distance.cmp(&half)
    }

    /// To so many digits, half to even.
    #[must_use]
    pub fn rounded(&self, count: usize) -> Self {
        let Some((kept, rest)) = self.digits.split_at_checked(count) else { return self.clone() };
        let even = kept.bytes().next_back().is_none_or(|digit| digit % 2 == 0);
        let up = match rest.as_bytes() {
            [b'6'..=b'9', ..] => true,
            [b'5', more @ ..] => !more.is_empty() || !even,
            _ => false,
        };
        if !up {
            return Self::new(self.negative, kept, self.point);
        }
        let stem = kept.trim_end_matches('9');
        match stem.as_bytes().split_last() {
            Some((last, front)) => {
                let front: String = front.iter().copied().map(char::from).collect();
                Self::new(self.negative, &format!("{front}{}", char::from(last + 1)), self.point)
            }
            None => Self::new(self.negative, "1", self.point + 1),
        }
    }

    /// Without exponent; with so many places after the point, else with as many as it has.
    pub fn plain(&self, places: Option<usize>) -> String {
        let rounded = places.map(|places| {
            let count = self.point.saturating_add_unsigned(places as u64);
            usize::try_from(count)
                .map_or_else(|_| Self::new(self.negative, "", 0), |count| self.rounded(count))
        });
        let number = rounded.as_ref().unwrap_or(self);
        let (sign, point) = (if number.negative { "-" } else { "" }, number.point);
        let (whole, mut fraction) = match usize::try_from(point) {
            Ok(point) if point > 0 => match number.digits.split_at_checked(point) {
                Some((whole, fraction)) => (whole.to_owned(), fraction.to_owned()),
                None => (format!("{:0<point$}", number.digits), String::new()),
            },
            _ if number.digits.is_empty() => ("0".to_owned(), String::new()),
            _ => {
                let zeros = usize::try_from(point.unsigned_abs()).unwrap_or_default();
                ("0".to_owned(), format!("{}{}", "0".repeat(zeros), number.digits))
            }
        };
        if let Some(places) = places {
            fraction = format!("{fraction:0<places$}");
        }
        if fraction.is_empty() { format!("{sign}{whole}") } else { format!("{sign}{whole}.{fraction}") }
    }

    /// One digit before the point, and an exponent.
    pub fn scientific(&self, places: Option<usize>, letter: char) -> String {
        let rounded = places.map(|places| self.rounded(places + 1));
        let number = rounded.as_ref().unwrap_or(self);
        let sign = if number.negative { "-" } else { "" };
        let (first, rest) = number.digits.split_at_checked(1).unwrap_or(("0", ""));
        let rest = places.map_or_else(|| rest.to_owned(), |places| format!("{rest:0<places$}"));
        let dot = if rest.is_empty() { "" } else { "." };
        let exponent = if number.digits.is_empty() { 0 } else { number.point - 1 };
        let direction = if exponent < 0 { '-' } else { '+' };
        format!("{sign}{first}{dot}{rest}{letter}{direction}{:02}", exponent.unsigned_abs())
    }

    /// The shorter of both for very large and very small numbers; `places` are significant digits.
    pub fn general(&self, places: Option<usize>, letter: char) -> String {
        let wanted = places.map(|places| places.max(1));
        let rounded = wanted.map(|places| self.rounded(places));
        let number = rounded.as_ref().unwrap_or(self);
        let count = number.digits.len();
        let limit = match wanted {
            None => 6,
            Some(wanted)
                if wanted > count && i64::try_from(count).is_ok_and(|count| count >= number.point) =>
            {
                count
            }
            Some(wanted) => wanted,
        };
        let exponent = number.point - 1;
        if exponent < -4 || usize::try_from(exponent).is_ok_and(|exponent| exponent >= limit) {
            number.scientific(None, letter)
        } else {
            number.plain(None)
        }
    }
}
