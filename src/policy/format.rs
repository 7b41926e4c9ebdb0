//! `sprintf` as OPA's, which is Go's: whatever the arguments are, there is a text, with `%!d(string=x)` and the
//! like in the place of what does not fit. The engine's own is undefined then, and with the message the
//! violation would be gone.

use std::fmt::Write as _;

use regorus::Value;

/// A width or precision beyond this is nobody's.
const MAX_WIDTH: usize = 1_000;

/// The text of a format and its arguments; `None` where these are no string and array.
pub(super) fn sprintf(args: &[Value]) -> Option<String> {
    let [Value::String(format), Value::Array(args)] = args else { return None };
    let args: Vec<Arg> = args.iter().map(Arg::of).collect();
    let mut given = Given { args: &args, next: 0, reordered: false };
    let mut out = String::with_capacity(format.len());
    let mut chars = format.chars().peekable();
    while let Some(c) = chars.next() {
        if c != '%' {
            out.push(c);
            continue;
        }
        let mut verb = Verb::default();
        while let Some(flag) = chars.next_if(|c| "+- #0".contains(*c)) {
            verb.flags.push(flag);
        }
        given.index(&mut chars);
        verb.width = number(&mut chars, &mut given);
        if chars.next_if_eq(&'.').is_some() {
            verb.precision = Some(number(&mut chars, &mut given).unwrap_or(0));
        }
        given.index(&mut chars);
        match chars.next() {
            None => out.push_str("%!(NOVERB)"),
            Some('%') => out.push('%'),
            Some(letter) => match given.take() {
                None => drop(write!(out, "%!{letter}(MISSING)")),
                Some(arg) => out.push_str(&verb.apply(letter, arg)),
            },
        }
    }
    let extra = args.get(given.next..).unwrap_or_default();
    let extra: Vec<String> = extra.iter().map(|arg| format!("{}={}", arg.kind(), arg.plain())).collect();
    if !extra.is_empty() && !given.reordered {
        let _ = write!(out, "%!(EXTRA {})", extra.join(", "));
    }
    Some(out)
}

type Chars<'t> = std::iter::Peekable<std::str::Chars<'t>>;

/// The arguments, and which comes next.
struct Given<'a> {
    args: &'a [Arg],
    next: usize,
    reordered: bool,
}

impl<'a> Given<'a> {
    fn take(&mut self) -> Option<&'a Arg> {
        let arg = self.args.get(self.next)?;
        self.next += 1;
        Some(arg)
    }

    /// `[2]`: the second comes next.
    fn index(&mut self, chars: &mut Chars<'_>) {
        let mut ahead = chars.clone();
        let digits: String = ahead.by_ref().skip(1).take_while(char::is_ascii_digit).collect();
        if chars.peek() == Some(&'[')
            && chars.clone().nth(digits.len() + 1) == Some(']')
            && let Some(next) = digits.parse::<usize>().ok().and_then(|number| number.checked_sub(1))
        {
            // The bracket, the digits, the bracket.
            chars.by_ref().take(digits.len() + 2).for_each(drop);
            (self.next, self.reordered) = (next, true);
        }
    }
}

/// A width: digits, or `*` for the next argument.
fn number(chars: &mut Chars<'_>, given: &mut Given<'_>) -> Option<usize> {
    if chars.next_if_eq(&'*').is_some() {
        let Some(Arg::Integer(text)) = given.take() else { return None };
        return text.parse().ok().map(|width: usize| width.min(MAX_WIDTH));
    }
    let mut found = None;
    while let Some(digit) = chars.peek().and_then(|c| c.to_digit(10)) {
        chars.next();
        let digit = usize::try_from(digit).unwrap_or(0);
        found = Some((found.unwrap_or(0) * 10 + digit).min(MAX_WIDTH));
    }
    found
}

/// What OPA hands to Go: numbers, and the text of everything else.
enum Arg {
    Integer(String),
    Float(f64),
    Text(String),
}

impl Arg {
    fn of(value: &Value) -> Self {
        match value {
            Value::String(text) => Self::Text(text.to_string()),
            Value::Number(_) => {
                let text = value.to_string();
                match (text.bytes().all(|c| c.is_ascii_digit() || c == b'-'), value.as_f64()) {
                    (false, Ok(float)) => Self::Float(float),
                    _ => Self::Integer(text),
                }
            }
            other => Self::Text(shown(other)),
        }
    }

    fn kind(&self) -> &'static str {
        match self {
            Self::Integer(text) if text.parse::<i64>().is_err() => "*big.Int",
            Self::Integer(_) => "int",
            Self::Float(_) => "float64",
            Self::Text(_) => "string",
        }
    }

    fn plain(&self) -> String {
        match self {
            Self::Integer(text) | Self::Text(text) => text.clone(),
            Self::Float(float) => general(*float, None),
        }
    }
}

/// A value as Rego writes it.
fn shown(value: &Value) -> String {
    let list = |items: &mut dyn Iterator<Item = String>| items.collect::<Vec<_>>().join(", ");
    match value {
        Value::String(text) => quoted(text),
        Value::Array(items) => format!("[{}]", list(&mut items.iter().map(shown))),
        Value::Set(items) if items.is_empty() => "set()".to_owned(),
        Value::Set(items) => format!("{{{}}}", list(&mut items.iter().map(shown))),
        Value::Object(members) => {
            let member = |(key, value): (&Value, &Value)| format!("{}: {}", shown(key), shown(value));
            format!("{{{}}}", list(&mut members.iter().map(member)))
        }
        other => other.to_string(),
    }
}

fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

/// One directive: `%-10.3f` without its letter.
#[derive(Default)]
struct Verb {
    flags: String,
    width: Option<usize>,
    precision: Option<usize>,
}

impl Verb {
    fn has(&self, flag: char) -> bool {
        self.flags.contains(flag)
    }

    fn apply(&self, letter: char, arg: &Arg) -> String {
        let body = match arg {
            Arg::Text(text) => self.text(letter, text),
            Arg::Integer(text) => self.integer(letter, text),
            Arg::Float(float) => self.float(letter, *float),
        };
        match (body, letter) {
            (Some(body), _) => self.padded(&body, !matches!(arg, Arg::Text(_))),
            (None, 'T') => self.padded(arg.kind(), false),
            (None, letter) => format!("%!{letter}({}={})", arg.kind(), arg.plain()),
        }
    }

    fn text(&self, letter: char, text: &str) -> Option<String> {
        let text: String = text.chars().take(self.precision.unwrap_or(usize::MAX)).collect();
        match letter {
            'v' if self.has('#') => Some(quoted(&text)),
            's' | 'v' => Some(text),
            'q' => Some(quoted(&text)),
            'x' => Some(data_encoding::HEXLOWER.encode(text.as_bytes())),
            'X' => Some(data_encoding::HEXUPPER.encode(text.as_bytes())),
            _ => None,
        }
    }

    fn integer(&self, letter: char, text: &str) -> Option<String> {
        let (sign, digits) = match text.strip_prefix('-') {
            Some(digits) => ("-", digits),
            None => (self.plus(), text),
        };
        // In other bases only what fits: nobody writes more.
        let number = || digits.parse::<u128>().ok();
        let marked =
            |mark: &str, digits: String| if self.has('#') { format!("{mark}{digits}") } else { digits };
        let digits = match letter {
            'd' | 'v' => digits.to_owned(),
            'b' => marked("0b", format!("{:b}", number()?)),
            'o' => marked("0", format!("{:o}", number()?)),
            'O' => format!("0o{:o}", number()?),
            'x' => marked("0x", format!("{:x}", number()?)),
            'X' => marked("0X", format!("{:X}", number()?)),
            'c' | 'q' | 'U' => {
                let code = u32::try_from(number()?).ok();
                let c = code.and_then(char::from_u32).unwrap_or(char::REPLACEMENT_CHARACTER);
                return Some(match letter {
                    'c' => c.to_string(),
                    'q' => format!("'{c}'"),
                    _ => format!("U+{:04X}", number()?),
                });
            }
            _ => return None,
        };
        let zeros = self.precision.unwrap_or(0).saturating_sub(digits.len());
        Some(format!("{sign}{}{digits}", "0".repeat(zeros)))
    }

    fn float(&self, letter: char, float: f64) -> Option<String> {
        let text = match letter {
            'f' | 'F' => format!("{:.*}", self.precision.unwrap_or(6), float.abs()),
            'e' | 'E' => exponent(&format!("{:.*e}", self.precision.unwrap_or(6), float.abs())),
            'g' | 'G' | 'v' => general(float.abs(), self.precision),
            _ => return None,
        };
        let text = if matches!(letter, 'E' | 'G') { text.to_uppercase() } else { text };
        let sign = if float.is_sign_negative() { "-" } else { self.plus() };
        Some(format!("{sign}{text}"))
    }

    fn plus(&self) -> &'static str {
        match (self.has('+'), self.has(' ')) {
            (true, _) => "+",
            (_, true) => " ",
            _ => "",
        }
    }

    fn padded(&self, body: &str, is_number: bool) -> String {
        let lacking = self.width.unwrap_or(0).saturating_sub(body.chars().count());
        if self.has('-') {
            return format!("{body}{}", " ".repeat(lacking));
        }
        if self.has('0') && is_number {
            let digits = body.trim_start_matches(['+', '-', ' ']);
            let sign = body.get(..body.len() - digits.len()).unwrap_or_default();
            return format!("{sign}{}{digits}", "0".repeat(lacking));
        }
        format!("{}{body}", " ".repeat(lacking))
    }
}

/// Go's `%g`: the shortest form, with an exponent for what is very large or small.
fn general(float: f64, precision: Option<usize>) -> String {
    let scientific = match precision {
        Some(digits) => format!("{:.*e}", digits.max(1) - 1, float),
        None => format!("{float:e}"),
    };
    let (digits, power) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let power: i32 = power.parse().unwrap_or(0);
    let most = precision.map_or(6, |digits| i32::try_from(digits.max(1)).unwrap_or(i32::MAX));
    if power < -4 || power >= most {
        let digits =
            if digits.contains('.') { digits.trim_end_matches('0').trim_end_matches('.') } else { digits };
        return exponent(&format!("{digits}e{power}"));
    }
    match precision {
        None => float.to_string(),
        Some(_) => scientific.parse::<f64>().unwrap_or(float).to_string(),
    }
}

/// `1e5` as `1e+05`.
fn exponent(text: &str) -> String {
    let Some((digits, power)) = text.split_once('e') else { return text.to_owned() };
    let (sign, power) = power.strip_prefix('-').map_or(('+', power), |power| ('-', power));
    format!("{digits}e{sign}{power:0>2}")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What OPA 1.10 gives for each.
    #[test]
    fn every_format_has_a_text() {
        for (format, args, want) in [
            ("%s is %d", "[\"a\", 3]", "a is 3"),
            ("%v %v", "[\"a\"]", "a %!v(MISSING)"),
            ("%v", "[\"a\", 3, 1.5, {}]", "a%!(EXTRA int=3, float64=1.5, string={})"),
            ("%d", "[\"a\"]", "%!d(string=a)"),
            ("%s", "[3]", "%!s(int=3)"),
            ("%s", "[1.5]", "%!s(float64=1.5)"),
            ("%d", "[1.5]", "%!d(float64=1.5)"),
            ("%t", "[true]", "%!t(string=true)"),
            ("100%", "[]", "100%!(NOVERB)"),
            ("100%%", "[]", "100%"),
            ("%v %s", "[null, false]", "null false"),
            ("%v", "[{\"b\": [1, \"x\"], \"a\": null}]", "{\"a\": null, \"b\": [1, \"x\"]}"),
            ("%s", "[[]]", "[]"),
            ("%q", "[\"a\\\"b\"]", "\"a\\\"b\""),
            ("[%5s|%-5s|%.2s]", "[\"ab\", \"ab\", \"abc\"]", "[   ab|ab   |ab]"),
            ("[%5d|%-5d|%05d|%+d]", "[42, 42, -42, 42]", "[   42|42   |-0042|+42]"),
            ("%x %X %o %b %c %U", "[255, 255, 8, 5, 65, 65]", "ff FF 10 101 A U+0041"),
            ("%x", "[\"hi\"]", "6869"),
            ("%.2f %f %e %g", "[1.005, 2.5, 1500.5, 0.00001]", "1.00 2.500000 1.500500e+03 1e-05"),
            ("%f", "[3]", "%!f(int=3)"),
            ("%v %v %v", "[0.5, 1e-7, 123456789.5]", "0.5 1e-07 1.234567895e+08"),
            ("%.3g %.3g", "[1234567.5, 0.5]", "1.23e+06 0.5"),
            ("%[2]v %[1]v %v", "[\"a\", \"b\"]", "b a b"),
            ("%*d", "[5, 42]", "   42"),
            ("%T %T", "[1, \"a\"]", "int string"),
            ("%z", "[1]", "%!z(int=1)"),
            ("ü %s", "[\"é\"]", "ü é"),
        ] {
            let args = Value::from_json_str(args).unwrap();
            assert_eq!(sprintf(&[Value::from(format), args]).as_deref(), Some(want), "{format}");
        }
        assert_eq!(sprintf(&[Value::from(1), Value::new_array()]), None);
        assert_eq!(sprintf(&[Value::from("%v"), Value::from("x")]), None);
        let of_one: std::collections::BTreeSet<Value> = [Value::from("a")].into();
        let sets = Value::from(vec![Value::new_set(), Value::from(of_one)]);
        assert_eq!(sprintf(&[Value::from("%v %v"), sets]).as_deref(), Some("set() {\"a\"}"));
    }
}
