//! Instants as records write them: whole seconds, UTC, `YYYY-MM-DDTHH:MM:SSZ`.

use std::fmt;
use std::str::FromStr;

use time::{Date, Month, OffsetDateTime, Time};

/// Seconds since 1970. Passed in wherever something depends on "now".
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(i64);

/// Why a text is no instant.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no time: write 2027-02-20T00:00:00Z")]
pub struct ParseTimeError(String);

impl Timestamp {
    /// The only place of this room that looks at the clock.
    pub fn now() -> Self {
        Self(OffsetDateTime::now_utc().unix_timestamp())
    }

    pub fn from_seconds(seconds: i64) -> Self {
        Self(seconds)
    }

    pub fn seconds(self) -> i64 {
        self.0
    }

    #[must_use]
    pub fn plus_seconds(self, seconds: i64) -> Self {
        Self(self.0.saturating_add(seconds))
    }

    #[must_use]
    pub fn plus_days(self, days: u32) -> Self {
        self.plus_seconds(i64::from(days).saturating_mul(86_400))
    }

    /// Whole days until `end`; `None` where it has come.
    pub fn days_until(self, end: Self) -> Option<i64> {
        (self < end).then(|| (end.seconds() - self.seconds()) / 86_400)
    }

    /// What a person types: a full time, or a date that ends at its 00:00Z.
    pub fn from_person(text: &str) -> Result<Self, ParseTimeError> {
        let text = text.trim();
        let full = if text.len() == 10 { format!("{text}T00:00:00Z") } else { text.to_owned() };
        full.parse().map_err(|_| ParseTimeError(text.to_owned()))
    }

    /// `YYYY-MM-DD`, for people.
    pub fn date(self) -> String {
        self.to_string().chars().take(10).collect()
    }
}

impl FromStr for Timestamp {
    type Err = ParseTimeError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        read(text).filter(|time| time.to_string() == text).ok_or_else(|| ParseTimeError(text.to_owned()))
    }
}

fn read(text: &str) -> Option<Timestamp> {
    let number = |range: std::ops::Range<usize>| text.get(range)?.parse::<u16>().ok();
    let byte = |range: std::ops::Range<usize>| u8::try_from(number(range)?).ok();
    let date =
        Date::from_calendar_date(i32::from(number(0..4)?), Month::try_from(byte(5..7)?).ok()?, byte(8..10)?);
    let time = Time::from_hms(byte(11..13)?, byte(14..16)?, byte(17..19)?);
    Some(Timestamp(OffsetDateTime::new_utc(date.ok()?, time.ok()?).unix_timestamp()))
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The years 0 to 9999 are all that four digits hold.
        let clamped = self.0.clamp(-62_167_219_200, 253_402_300_799);
        let time = OffsetDateTime::from_unix_timestamp(clamped).unwrap_or(OffsetDateTime::UNIX_EPOCH);
        let (date, hour, minute, second) = (time.date(), time.hour(), time.minute(), time.second());
        let (year, month, day) = (date.year(), u8::from(date.month()), date.day());
        write!(f, "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_canonical_text_of_a_real_instant_parses() {
        let good: Timestamp = "2027-02-20T00:00:00Z".parse().unwrap();
        assert_eq!(good.to_string(), "2027-02-20T00:00:00Z");
        for bad in [
            "2027-02-29T00:00:00Z",
            "2027-02-20T24:00:00Z",
            "2016-12-31T23:59:60Z",
            "2027-02-20T00:00:00.0Z",
            "2027-02-20T00:00:00+00:00",
            "2027-02-20 00:00:00Z",
            "2027-02-20T00:00:00z",
            "+027-02-20T00:00:00Z",
            "2027-2-20T00:00:00Z",
            "",
        ] {
            assert!(bad.parse::<Timestamp>().is_err(), "{bad}");
        }
    }

    #[test]
    fn a_bare_date_is_its_first_instant() {
        assert_eq!(Timestamp::from_person("2027-02-20"), "2027-02-20T00:00:00Z".parse());
        assert!(Timestamp::from_person("tomorrow").is_err());
    }
}
