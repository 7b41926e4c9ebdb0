//! Dates in the syntax of RFC 3339. The present is unknown.

use time::format_description::well_known::Rfc3339;
use time::{Duration, OffsetDateTime, UtcOffset};

use super::call::{Call, Function, Kind, Outcome, Param, TEXT, string};
use crate::facts::terraform::value::{Type, Value};

pub fn find(name: &str) -> Option<Function> {
    const TWO: &[Param] = &[TEXT, TEXT];
    Some(match name {
        "formatdate" => Function::new(TWO, Kind::Text, formatdate),
        "timeadd" => Function::new(TWO, Kind::Text, timeadd),
        "timecmp" => Function::new(TWO, Kind::Number, timecmp),
        "timestamp" | "plantimestamp" => {
            Function::new(&[], Kind::Text, |_| Ok(Value::unknown_result(Type::String)))
        }
        _ => return None,
    })
}

fn parse(text: &str) -> Result<OffsetDateTime, String> {
    // The letters must be capitals, and no second is the sixtieth.
    let plain = !text.contains([' ', 't', 'z', '_']) && text.get(17..19) != Some("60");
    let parsed = if plain { OffsetDateTime::parse(text, &Rfc3339).ok() } else { None };
    parsed.ok_or_else(|| format!("not a valid RFC3339 timestamp: {text:?}"))
}

fn zone(offset: UtcOffset, colon: &str) -> String {
    let (hours, minutes, _) = offset.as_hms();
    let sign = if offset.is_negative() { '-' } else { '+' };
    format!("{sign}{:02}{colon}{:02}", hours.unsigned_abs(), minutes.unsigned_abs())
}

fn short_zone(offset: UtcOffset) -> String {
    if offset.is_utc() { "Z".to_owned() } else { zone(offset, ":") }
}

fn timecmp(call: &Call<'_>) -> Outcome {
    let (left, right) = (parse(call.text(0)?)?, parse(call.text(1)?)?);
    Ok(Value::number(left.cmp(&right) as i64))
}

fn timeadd(call: &Call<'_>) -> Outcome {
    let moment = parse(call.text(0)?)?;
    let moment = moment.checked_add(duration(call.text(1)?)?);
    let moment = moment.ok_or_else(|| "the resulting date is out of range".to_owned())?;
    let (date, time) = (moment.date(), moment.time());
    string(format!(
        "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}{}",
        date.year(),
        u8::from(date.month()),
        date.day(),
        time.hour(),
        time.minute(),
        time.second(),
        short_zone(moment.offset())
    ))
}

/// `-1h30m10.5s`: numbers with units, down to nanoseconds.
fn duration(text: &str) -> Result<Duration, String> {
    let invalid = || format!("invalid duration {text:?}");
    let (negative, mut rest) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    if rest == "0" {
        return Ok(Duration::ZERO);
    }
    if rest.is_empty() {
        return Err(invalid());
    }
    let mut total: i128 = 0;
    while !rest.is_empty() {
        let end = rest.find(|c: char| !c.is_ascii_digit() && c != '.').ok_or_else(invalid)?;
        let (number, after) = rest.split_at_checked(end).ok_or_else(invalid)?;
        let end = after.find(|c: char| c.is_ascii_digit() || c == '.').unwrap_or(after.len());
        let (unit, after) = after.split_at_checked(end).ok_or_else(invalid)?;
        let nanoseconds: i128 = match unit {
            "ns" => 1,
            "us" | "µs" | "μs" => 1_000,
            "ms" => 1_000_000,
            "s" => 1_000_000_000,
            "m" => 60_000_000_000,
            "h" => 3_600_000_000_000,
            _ => return Err(invalid()),
        };
        let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
        let digits = |text: &str| text.is_empty() || text.bytes().all(|byte| byte.is_ascii_digit());
        if (whole.is_empty() && fraction.is_empty()) || !digits(fraction) || whole.len() > 19 {
            return Err(invalid());
        }
        let whole: i128 = if whole.is_empty() { 0 } else { whole.parse().map_err(|_| invalid())? };
        total += whole * nanoseconds;
        let mut part = nanoseconds;
        for digit in fraction.bytes().take(18) {
            total += i128::from(digit - b'0') * part / 10;
            part /= 10;
        }
        rest = after;
    }
    let limit = i128::from(i64::MAX);
    let total = i64::try_from(if negative { -total } else { total }).ok().filter(|_| total <= limit);
    total.map(Duration::nanoseconds).ok_or_else(invalid)
}

fn formatdate(call: &Call<'_>) -> Outcome {
    let moment = parse(call.text(1)?)?;
    let mut text = String::new();
    let mut rest = call.text(0)?;
    while let Some(first) = rest.chars().next() {
        if first == '\'' {
            rest = quoted(rest, &mut text)?;
            continue;
        }
        let end = if first.is_ascii_alphabetic() {
            rest.find(|c| c != first)
        } else {
            rest.find(|c: char| c == '\'' || c.is_ascii_alphabetic())
        };
        let (token, after) = rest.split_at_checked(end.unwrap_or(rest.len())).unwrap_or((rest, ""));
        if first.is_ascii_alphabetic() {
            text.push_str(&verb(token, moment)?);
        } else {
            text.push_str(token);
        }
        rest = after;
    }
    string(text)
}

/// Text in quotes stands as it is; two quotes make one.
fn quoted<'a>(text: &'a str, out: &mut String) -> Result<&'a str, String> {
    let mut rest = text.get(1..).unwrap_or_default();
    if let Some(after) = rest.strip_prefix('\'') {
        out.push('\'');
        return Ok(after);
    }
    loop {
        let (before, after) = rest.split_once('\'').ok_or_else(|| "unterminated literal '".to_owned())?;
        out.push_str(before);
        match after.strip_prefix('\'') {
            Some(after) => {
                out.push('\'');
                rest = after;
            }
            None => return Ok(after),
        }
    }
}

fn verb(verb: &str, moment: OffsetDateTime) -> Result<String, String> {
    let (hour, half) = (moment.hour(), if moment.hour() < 12 { "AM" } else { "PM" });
    let twelve = if hour % 12 == 0 { 12 } else { hour % 12 };
    let abbreviated = |name: String| name.get(..3).unwrap_or_default().to_owned();
    Ok(match verb {
        "YYYY" => format!("{:04}", moment.year()),
        "YY" => format!("{:02}", moment.year() % 100),
        "M" => u8::from(moment.month()).to_string(),
        "MM" => format!("{:02}", u8::from(moment.month())),
        "MMM" => abbreviated(moment.month().to_string()),
        "MMMM" => moment.month().to_string(),
        "D" => moment.day().to_string(),
        "DD" => format!("{:02}", moment.day()),
        "EEE" => abbreviated(moment.weekday().to_string()),
        "EEEE" => moment.weekday().to_string(),
        "h" => hour.to_string(),
        "hh" => format!("{hour:02}"),
        "H" => twelve.to_string(),
        "HH" => format!("{twelve:02}"),
        "AA" => half.to_owned(),
        "aa" => half.to_ascii_lowercase(),
        "m" => moment.minute().to_string(),
        "mm" => format!("{:02}", moment.minute()),
        "s" => moment.second().to_string(),
        "ss" => format!("{:02}", moment.second()),
        "Z" => short_zone(moment.offset()),
        "ZZZ" if moment.offset().is_utc() => "UTC".to_owned(),
        "ZZZ" | "ZZZZ" => zone(moment.offset(), ""),
        "ZZZZZ" => zone(moment.offset(), ":"),
        _ => return Err(format!("invalid date format verb {verb:?}")),
    })
}
