//! `sprintf` as OPA has it: Go's `fmt.Sprintf` over whole numbers, fractions and texts; every other value is its text.
//!
//! regorus's own ends in an error where verbs and arguments do not match (an old message with one verb too many),
//! and an error of a builtin is undefined: the finding would be lost. Go writes what is wrong into the text
//! (<https://pkg.go.dev/fmt>).

use std::fmt::Write as _;

use num_bigint::BigInt;
use regorus::Value;

/// Wider is no number to Go, either.
const MAX_WIDTH: usize = 1_000_000;

/// The text; `None` where an argument is not what OPA takes.
pub(super) fn sprintf(args: &[Value]) -> Option<String> {
    let [Value::String(format), Value::Array(values)] = args else { return None };
    let args: Vec<Arg> = values.iter().map(Arg::of).collect();
    Some(Printer { args, next: 0, reordered: false, out: String::new() }.print(format))
}

enum Arg {
    Int(BigInt),
    Float(f64),
    Text(String),
}

impl Arg {
    fn of(value: &Value) -> Self {
        match value {
            Value::String(text) => Self::Text(text.to_string()),
            Value::Number(_) => {
                let text = serde_json::to_string(value).unwrap_or_default();
                match (text.parse(), text.parse::<f64>()) {
                    (Ok(whole), _) => Self::Int(whole),
                    (_, Ok(float)) if float.fract() == 0.0 && float.abs() < 1e15 => {
                        // Written as 1.0.
                        format!("{float:.0}").parse().map_or(Self::Float(float), Self::Int)
                    }
                    (_, Ok(float)) => Self::Float(float),
                    _ => Self::Text(text),
                }
            }
            value => Self::Text(written(value)),
        }
    }

    fn kind(&self) -> &'static str {
        match self {
            Self::Int(_) => "int",
            Self::Float(_) => "float64",
            Self::Text(_) => "string",
        }
    }

    fn plain(&self) -> String {
        match self {
            Self::Int(number) => number.to_string(),
            Self::Float(number) => general(*number, None),
            Self::Text(text) => text.clone(),
        }
    }
}

/// A value as Rego writes it.
fn written(value: &Value) -> String {
    let list = |items: Vec<String>| items.join(", ");
    match value {
        Value::Array(items) => format!("[{}]", list(items.iter().map(written).collect())),
        Value::Set(items) if items.is_empty() => "set()".to_owned(),
        Value::Set(items) => format!("{{{}}}", list(items.iter().map(written).collect())),
        Value::Object(fields) => {
            let fields = fields.iter().map(|(key, value)| format!("{}: {}", written(key), written(value)));
            format!("{{{}}}", list(fields.collect()))
        }
        value => serde_json::to_string(value).unwrap_or_default(),
    }
}

/// What stands between `%` and the verb.
#[derive(Default)]
#[allow(clippy::struct_excessive_bools)] // as Go has them
struct Flags {
    minus: bool,
    plus: bool,
    sharp: bool,
    space: bool,
    zero: bool,
    width: Option<usize>,
    precision: Option<usize>,
}

struct Printer {
    args: Vec<Arg>,
    next: usize,
    /// An argument was named by its number: then none is extra.
    reordered: bool,
    out: String,
}

impl Printer {
    fn print(mut self, format: &str) -> String {
        let mut rest = format;
        while let Some((before, after)) = rest.split_once('%') {
            self.out.push_str(before);
            rest = self.verb(after).unwrap_or_else(|| {
                self.out.push_str("%!(NOVERB)");
                ""
            });
        }
        self.out.push_str(rest);
        let extra = self.args.get(self.next..).filter(|extra| !extra.is_empty() && !self.reordered);
        if let Some(extra) = extra {
            let extra: Vec<String> =
                extra.iter().map(|arg| format!("{}={}", arg.kind(), arg.plain())).collect();
            let _ = write!(self.out, "%!(EXTRA {})", extra.join(", "));
        }
        self.out
    }

    /// Prints one verb; gives what follows it, or nothing when there is none.
    fn verb<'f>(&mut self, text: &'f str) -> Option<&'f str> {
        let mut flags = Flags::default();
        let mut rest = text;
        loop {
            match rest.chars().next()? {
                '-' => (flags.minus, flags.zero) = (true, false),
                '+' => flags.plus = true,
                '#' => flags.sharp = true,
                ' ' => flags.space = true,
                '0' => flags.zero = !flags.minus,
                _ => break,
            }
            rest = rest.get(1..)?;
        }
        let (mut good, mut index) = self.index(&mut rest);
        if let Some(after) = rest.strip_prefix('*') {
            rest = after;
            flags.width = self.number()?;
            index = false;
        } else {
            flags.width = number(&mut rest)?;
            good &= !(index && flags.width.is_some());
        }
        if let Some(after) = rest.strip_prefix('.') {
            rest = after;
            let (fine, _) = self.index(&mut rest);
            // `%[3].2d`: it is not clear what the number is of.
            good &= fine && !index;
            flags.precision = match rest.strip_prefix('*') {
                Some(after) => {
                    rest = after;
                    self.number()?
                }
                None => Some(number(&mut rest)?.unwrap_or(0)),
            };
        }
        let (fine, _) = self.index(&mut rest);
        good &= fine;
        let verb = rest.chars().next()?;
        let left = rest.get(verb.len_utf8()..)?;
        match (verb, self.args.get(self.next)) {
            ('%', _) => self.out.push('%'),
            _ if !good => self.wrong(verb, "BADINDEX"),
            (_, None) => self.wrong(verb, "MISSING"),
            (_, Some(arg)) => {
                let shown = shown(verb, &flags, arg);
                let bad = || format!("%!{verb}({}={})", arg.kind(), arg.plain());
                self.out.push_str(&shown.unwrap_or_else(bad));
                self.next += 1;
            }
        }
        Some(left)
    }

    fn wrong(&mut self, verb: char, what: &str) {
        let _ = write!(self.out, "%!{verb}({what})");
    }

    /// `[3]`: is it fine, and was there one?
    fn index(&mut self, rest: &mut &str) -> (bool, bool) {
        let Some((inside, after)) = rest.strip_prefix('[').and_then(|rest| rest.split_once(']')) else {
            return (!rest.starts_with('['), false);
        };
        *rest = after;
        self.reordered = true;
        match inside.parse::<usize>() {
            Ok(number) if (1..=self.args.len()).contains(&number) => {
                self.next = number - 1;
                (true, true)
            }
            _ => (false, true),
        }
    }

    /// A width that is an argument; nothing at all when it is too large.
    #[allow(clippy::option_option)] // a width, none, too large
    fn number(&mut self) -> Option<Option<usize>> {
        let arg = self.args.get(self.next)?;
        self.next += 1;
        match arg {
            Arg::Int(number) => {
                let number = usize::try_from(number).ok().filter(|number| *number <= MAX_WIDTH);
                Some(number)
            }
            _ => Some(None),
        }
    }
}

/// The digits at the beginning; nothing at all when they are too large a number.
#[allow(clippy::option_option)] // a number, none, too large
fn number(rest: &mut &str) -> Option<Option<usize>> {
    let end = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
    let (digits, after) = rest.split_at(end);
    *rest = after;
    if digits.is_empty() {
        return Some(None);
    }
    digits.parse().ok().filter(|number| *number <= MAX_WIDTH).map(Some)
}

/// What one verb makes of an argument; `None`: it does not know such.
fn shown(verb: char, flags: &Flags, arg: &Arg) -> Option<String> {
    let text = match (verb, arg) {
        ('T', arg) => return Some(padded(arg.kind().to_owned(), flags, false)),
        ('v' | 'd', Arg::Int(number)) => signed(&number.to_string(), flags, verb == 'd'),
        ('b' | 'o' | 'O' | 'x' | 'X', Arg::Int(number)) => {
            let digits = number.magnitude().to_str_radix(match verb {
                'b' => 2,
                'o' | 'O' => 8,
                _ => 16,
            });
            let front = match verb {
                'O' => "0o",
                'b' if flags.sharp => "0b",
                'o' if flags.sharp => "0",
                'x' if flags.sharp => "0x",
                'X' if flags.sharp => "0X",
                _ => "",
            };
            let digits = if verb == 'X' { digits.to_uppercase() } else { digits };
            let minus = if number.sign() == num_bigint::Sign::Minus { "-" } else { "" };
            signed(&format!("{minus}{front}{digits}"), flags, true)
        }
        ('c' | 'q' | 'U', Arg::Int(number)) => {
            let code = u32::try_from(number).ok();
            let c = code.and_then(char::from_u32).unwrap_or(char::REPLACEMENT_CHARACTER);
            let text = match verb {
                'c' => c.to_string(),
                'q' => format!("'{}'", escaped(c, '\'')),
                _ => format!("U+{:04X}", code?),
            };
            return Some(padded(text, flags, false));
        }
        ('v' | 'g' | 'G', Arg::Float(number)) => {
            let text = general(*number, flags.precision);
            signed(&if verb == 'G' { text.to_uppercase() } else { text }, flags, verb != 'v')
        }
        ('f' | 'F', Arg::Float(number)) => {
            signed(&format!("{number:.*}", flags.precision.unwrap_or(6)), flags, true)
        }
        ('e' | 'E', Arg::Float(number)) => {
            let text = exponent(&format!("{number:.*e}", flags.precision.unwrap_or(6)));
            signed(&if verb == 'E' { text.to_uppercase() } else { text }, flags, true)
        }
        ('v' | 's' | 'q' | 'x' | 'X', Arg::Text(text)) => {
            let text: String = match flags.precision {
                Some(most) => text.chars().take(most).collect(),
                None => text.clone(),
            };
            let text = match verb {
                'q' if flags.sharp && !text.contains(['`', '\n']) => format!("`{text}`"),
                'q' => quoted(&text),
                'v' if flags.sharp => quoted(&text),
                'x' => text.bytes().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().concat(),
                'X' => text.bytes().map(|byte| format!("{byte:02X}")).collect::<Vec<_>>().concat(),
                _ => text,
            };
            return Some(padded(text, flags, flags.zero));
        }
        _ => return None,
    };
    // A precision of a whole number is its least digits, and then there are no zeros before it.
    let zero = flags.zero && (flags.precision.is_none() || matches!(arg, Arg::Float(_)));
    Some(padded(text, flags, zero))
}

/// With the sign that is asked for, and for a whole number with so many digits.
fn signed(text: &str, flags: &Flags, signs: bool) -> String {
    let (minus, digits) = text.strip_prefix('-').map_or((false, text), |digits| (true, digits));
    let sign = match minus {
        true => "-",
        false if signs && flags.plus => "+",
        false if signs && flags.space => " ",
        false => "",
    };
    let least = flags.precision.filter(|_| digits.bytes().all(|byte| byte.is_ascii_digit())).unwrap_or(0);
    format!("{sign}{}{digits}", "0".repeat(least.saturating_sub(digits.len())))
}

fn padded(text: String, flags: &Flags, zero: bool) -> String {
    let lacks = flags.width.unwrap_or(0).saturating_sub(text.chars().count());
    if lacks == 0 {
        text
    } else if flags.minus {
        text + &" ".repeat(lacks)
    } else if zero {
        let sign = usize::from(text.starts_with(['-', '+']));
        let (sign, digits) = text.split_at(sign);
        format!("{sign}{}{digits}", "0".repeat(lacks))
    } else {
        " ".repeat(lacks) + &text
    }
}

/// `%g`: the shortest digits that say which number it is, unless their count is given.
fn general(number: f64, precision: Option<usize>) -> String {
    let scientific = match precision {
        Some(digits) => format!("{number:.*e}", digits.max(1) - 1),
        None => format!("{number:e}"),
    };
    let power: i32 = scientific.split_once('e').and_then(|(_, power)| power.parse().ok()).unwrap_or(0);
    let most = precision.map_or(6, |digits| i32::try_from(digits.max(1)).unwrap_or(i32::MAX));
    if power < -4 || power >= most {
        let (digits, power) = scientific.split_once('e').unwrap_or((&scientific, "0"));
        let digits =
            if digits.contains('.') { digits.trim_end_matches('0').trim_end_matches('.') } else { digits };
        return exponent(&format!("{digits}e{power}"));
    }
    match precision {
        None => format!("{number}"),
        Some(digits) => {
            let after =
                usize::try_from(i32::try_from(digits.max(1)).unwrap_or(i32::MAX) - 1 - power).unwrap_or(0);
            let text = format!("{number:.after$}");
            if text.contains('.') {
                text.trim_end_matches('0').trim_end_matches('.').to_owned()
            } else {
                text
            }
        }
    }
}

/// `1.5e7` as `1.5e+07`.
fn exponent(text: &str) -> String {
    let Some((digits, power)) = text.split_once('e') else { return text.to_owned() };
    let (sign, power) = power.strip_prefix('-').map_or(('+', power), |power| ('-', power));
    format!("{digits}e{sign}{power:0>2}")
}

fn quoted(text: &str) -> String {
    format!("\"{}\"", text.chars().map(|c| escaped(c, '"')).collect::<String>())
}

/// A character as Go writes it between quotes.
fn escaped(c: char, quote: char) -> String {
    match c {
        '\\' => "\\\\".to_owned(),
        c if c == quote => format!("\\{c}"),
        '\u{7}' => "\\a".to_owned(),
        '\u{8}' => "\\b".to_owned(),
        '\u{c}' => "\\f".to_owned(),
        '\n' => "\\n".to_owned(),
        '\r' => "\\r".to_owned(),
        '\t' => "\\t".to_owned(),
        '\u{b}' => "\\v".to_owned(),
        c if c < ' ' || c == '\u{7f}' => format!("\\x{:02x}", u32::from(c)),
        c if c.is_control() => format!("\\u{:04x}", u32::from(c)),
        c => c.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value as Json, json};

    /// What OPA 1.10 prints.
    #[test]
    fn texts_are_those_of_opa() {
        for (format, args, want) in [
            ("%v %v", json!([1]), "1 %!v(MISSING)"),
            ("%v", json!([1, 2]), "1%!(EXTRA int=2)"),
            ("%d", json!(["x"]), "%!d(string=x)"),
            ("%s", json!([1]), "%!s(int=1)"),
            ("%d", json!([1.5]), "%!d(float64=1.5)"),
            ("%s", json!([[1, "a"]]), "[1, \"a\"]"),
            (
                "%5.2f|%-5s|%05d|%q|%x|%t|%v",
                json!([1.234, "a", 42, "q", 255, true, null]),
                " 1.23|a    |00042|\"q\"|ff|%!t(string=true)|null",
            ),
            ("%v", json!(["a", {"b": 1}]), "a%!(EXTRA string={\"b\": 1})"),
            ("%[1]v %[1]v", json!(["a"]), "a a"),
            ("100% of %v", json!(["a"]), "100%!o(string=a)f %!v(MISSING)"),
            ("%y", json!(["a"]), "%!y(string=a)"),
            ("%s", json!([true]), "true"),
            ("%d", json!([true]), "%!d(string=true)"),
            ("%.3s|", json!(["abcdef"]), "abc|"),
            ("%d%%", json!([5]), "5%"),
            ("%v", json!([1.0]), "1"),
            ("%v %v %v", json!([100_000_000, 12_345_678.5, 0.1]), "100000000 1.23456785e+07 0.1"),
            (
                "%g %e %E %G",
                json!([1.5, 1234.5678, 1234.5678, 1.5e30]),
                "1.5 1.234568e+03 1.234568E+03 1.5E+30",
            ),
            ("%f", json!([2]), "%!f(int=2)"),
            ("%x %X", json!(["hello", "hello"]), "68656c6c6f 68656C6C6F"),
            ("%q", json!([5]), "'\\x05'"),
            ("%c|%U", json!([65, 65]), "A|U+0041"),
            ("%+d|% d|%+v", json!([5, 5, 5]), "+5| 5|5"),
            ("%-8v|%8v|%08v", json!(["ab", 12, 12]), "ab      |      12|00000012"),
            ("%", json!([]), "%!(NOVERB)"),
            ("%v%", json!(["a"]), "a%!(NOVERB)"),
            ("%6.2f|%08.2f", json!([3.25159, 3.25159]), "  3.25|00003.25"),
            ("%o %b %O", json!([8, 5, 8]), "10 101 0o10"),
            ("%*d", json!([5, 42]), "   42"),
            ("%[3]v", json!(["a"]), "%!v(BADINDEX)"),
            ("%!", json!(["a"]), "%!!(string=a)"),
            ("%v", json!([{}]), "{}"),
            ("%v", json!([["x", {"y": [true, null]}]]), "[\"x\", {\"y\": [true, null]}]"),
            ("%10q|%-10q|", json!(["a\"b\n", "é"]), "  \"a\\\"b\\n\"|\"é\"       |"),
            ("%s", json!(["100%"]), "100%"),
            ("no verbs", json!(["x"]), "no verbs%!(EXTRA string=x)"),
            ("%t", json!([1]), "%!t(int=1)"),
            ("%3c|%-3c|", json!([66, 67]), "  B|C  |"),
            ("%#x|%#v|%#q", json!([255, "a", "b"]), "0xff|\"a\"|`b`"),
            ("%x|%d|%05d|%.5d", json!([-255, -7, -7, 42]), "-ff|-7|-0007|00042"),
            ("%2147483648d", json!([1]), "%!(NOVERB)%!(EXTRA int=1)"),
            ("%v %v %.0f", json!([-0.5, 1e-7, 2.5]), "-0.5 1e-07 2"),
            ("%T %p", json!([1, "a"]), "int %!p(string=a)"),
        ] {
            let args = regorus::Value::from(args);
            let got = super::sprintf(&[regorus::Value::from(format), args.clone()]);
            assert_eq!(got.as_deref(), Some(want), "{format} {args}");
        }
    }

    #[test]
    fn a_message_with_a_verb_too_many_is_not_lost() {
        let mut engine = crate::policy::machine::empty();
        let text = "package t\nimport rego.v1\np contains sprintf(\"%v is not allowed: %v\", [input.a])\n";
        engine.add_policy("t.rego".to_owned(), text.to_owned()).unwrap();
        engine.set_input(regorus::Value::from(json!({"a": [1, {"b": "c"}]})));
        let value: Json = serde_json::to_value(engine.eval_rule("data.t.p".to_owned()).unwrap()).unwrap();
        assert_eq!(value, json!(["[1, {\"b\": \"c\"}] is not allowed: %!v(MISSING)"]));
    }
}
