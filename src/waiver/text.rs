//! Which characters a record may hold, and what each kind of text must look like.
//!
//! A record is read by people before they sign or approve it, on terminals and in browsers that
//! disagree about invisible and direction-changing characters. So the rule is a short list of what is
//! allowed, frozen at Unicode 16.0 with the record version.

use unicode_normalization::is_nfc;
use unicode_properties::{GeneralCategory, UnicodeGeneralCategory as _};

/// `Default_Ignorable_Code_Point` of Unicode 16.0 (`DerivedCoreProperties-16.0.0.txt`): characters that a
/// display may leave out altogether.
const DEFAULT_IGNORABLE: [(u32, u32); 17] = [
    (0x00AD, 0x00AD),
    (0x034F, 0x034F),
    (0x061C, 0x061C),
    (0x115F, 0x1160),
    (0x17B4, 0x17B5),
    (0x180B, 0x180F),
    (0x200B, 0x200F),
    (0x202A, 0x202E),
    (0x2060, 0x206F),
    (0x3164, 0x3164),
    (0xFE00, 0xFE0F),
    (0xFEFF, 0xFEFF),
    (0xFFA0, 0xFFA0),
    (0xFFF0, 0xFFF8),
    (0x1_BCA0, 0x1_BCA3),
    (0x1_D173, 0x1_D17A),
    (0xE_0000, 0xE_0FFF),
];

/// May this character stand in a record? The line feed is judged by the caller.
fn is_allowed(c: char) -> bool {
    if c.is_ascii() {
        return matches!(c, ' '..='~');
    }
    let refused = matches!(
        c.general_category(),
        GeneralCategory::Control
            | GeneralCategory::Format
            | GeneralCategory::LineSeparator
            | GeneralCategory::ParagraphSeparator
            | GeneralCategory::SpaceSeparator
            | GeneralCategory::PrivateUse
            | GeneralCategory::Surrogate
            | GeneralCategory::Unassigned
    );
    let code = u32::from(c);
    !refused && !DEFAULT_IGNORABLE.iter().any(|(first, last)| (*first..=*last).contains(&code))
}

/// Checks the characters of a whole file: UTF-8, NFC, nothing invisible, lines ended by LF.
pub(super) fn check_file(bytes: &[u8]) -> Result<&str, String> {
    let text =
        std::str::from_utf8(bytes).map_err(|error| format!("byte {} is not UTF-8", error.valid_up_to()))?;
    for (number, line) in text.split('\n').enumerate() {
        check_line(line).map_err(|what| format!("line {}: {what}", number + 1))?;
    }
    Ok(text)
}

/// Checks the characters of one line or one value.
pub(super) fn check_line(line: &str) -> Result<(), String> {
    if let Some(c) = line.chars().find(|c| !is_allowed(*c)) {
        let name = match c {
            '\n' => " (line feed)",
            '\r' => " (carriage return)",
            '\t' => " (tab)",
            '\u{FEFF}' => " (byte order mark)",
            _ => "",
        };
        return Err(format!("the character U+{:04X}{name} is not allowed", u32::from(c)));
    }
    if !is_nfc(line) {
        return Err("the text is not in Unicode normalisation form C".to_owned());
    }
    Ok(())
}

/// What a string of a record is, and so which form it must have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// Prose of a person: 1 to 2,000 characters on one line.
    Text,
    /// A subject's address: like prose.
    Resource,
    /// A pattern of paths.
    PathPattern,
    /// A public key line: ASCII, up to 2,000.
    Key,
    /// Any other string: ASCII, up to 256.
    Line,
    PolicyId,
    Principal,
    Role,
    Ref,
    Nonce,
}

impl Form {
    pub(super) fn check(self, value: &str) -> Result<(), String> {
        check_line(value)?;
        let limit = match self {
            Form::Text | Form::Resource | Form::PathPattern | Form::Key => 2_000,
            _ => 256,
        };
        let length = value.chars().count();
        if length == 0 {
            return Err("it is empty".to_owned());
        }
        if length > limit {
            return Err(format!("it has {length} characters; at most {limit} are allowed"));
        }
        let ascii_only = !matches!(self, Form::Text | Form::Resource | Form::PathPattern);
        if ascii_only && !value.is_ascii() {
            return Err("only ASCII characters are allowed here".to_owned());
        }
        match self {
            Form::Text | Form::Resource | Form::Key | Form::Line => Ok(()),
            Form::PathPattern => super::names::check_pattern(value),
            Form::PolicyId => shaped(value, 128, |c| c.is_ascii_alphabetic(), policy_char, "a policy id"),
            Form::Principal => shaped(
                value,
                128,
                lower_or_digit,
                principal_char,
                "a principal (lower case, such as kim@example.com)",
            ),
            Form::Role => shaped(
                value,
                32,
                |c| c.is_ascii_lowercase(),
                role_char,
                "a role (lower case, such as risk-owner)",
            ),
            Form::Ref => check_ref(value),
            Form::Nonce if value.len() == 32 && value.chars().all(lower_hex) => Ok(()),
            Form::Nonce => Err("32 lower-case hex digits are required".to_owned()),
        }
    }
}

fn shaped(
    value: &str,
    limit: usize,
    first: impl Fn(char) -> bool,
    rest: impl Fn(char) -> bool,
    what: &str,
) -> Result<(), String> {
    let good = value.len() <= limit && value.chars().next().is_some_and(first) && value.chars().all(rest);
    if good { Ok(()) } else { Err(format!("`{value}` is not {what}")) }
}

fn lower_hex(c: char) -> bool {
    matches!(c, '0'..='9' | 'a'..='f')
}

fn lower_or_digit(c: char) -> bool {
    c.is_ascii_lowercase() || c.is_ascii_digit()
}

fn policy_char(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-')
}

fn principal_char(c: char) -> bool {
    lower_or_digit(c) || matches!(c, '.' | '_' | '@' | '+' | '-')
}

fn role_char(c: char) -> bool {
    lower_or_digit(c) || c == '-'
}

/// A full ref name without patterns: short names are ambiguous, and a tag can shadow a branch.
pub(super) fn check_ref(value: &str) -> Result<(), String> {
    let good = value.starts_with("refs/")
        && value.is_ascii()
        && !value.contains("..")
        && !value.contains("@{")
        && !value.contains([' ', '~', '^', ':', '?', '*', '[', '\\'])
        && value.split('/').count() >= 3
        && value.split('/').all(|part| {
            !part.is_empty()
                && !part.starts_with('.')
                && !part.ends_with('.')
                && std::path::Path::new(part).extension().is_none_or(|extension| extension != "lock")
        });
    if good { Ok(()) } else { Err(format!("`{value}` is no full ref name, such as refs/heads/main")) }
}

/// The text with everything but printable ASCII written as `\u{...}`: what a suspicious reader asks for.
pub fn escaped(text: &str) -> String {
    text.chars().fold(String::with_capacity(text.len()), |mut out, c| {
        match c {
            ' '..='~' => out.push(c),
            _ => out.extend(c.escape_unicode()),
        }
        out
    })
}

/// Words that mix alphabets whose letters look alike, as `pаyment` with a Cyrillic `а` does.
pub fn mixed_script_words(text: &str) -> Vec<String> {
    let words = text.split(|c: char| !c.is_alphanumeric());
    words
        .filter(|word| {
            let mut scripts = [false; 3];
            for c in word.chars() {
                let [latin, greek, cyrillic] = &mut scripts;
                match u32::from(c) {
                    0x41..=0x5A | 0x61..=0x7A | 0xC0..=0x24F | 0x1E00..=0x1EFF => *latin = true,
                    0x370..=0x3FF | 0x1F00..=0x1FFF => *greek = true,
                    0x400..=0x52F | 0x1C80..=0x1C8F | 0x2DE0..=0x2DFF | 0xA640..=0xA69F => *cyrillic = true,
                    _ => {}
                }
            }
            scripts.iter().filter(|used| **used).count() > 1
        })
        .map(escaped)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn invisible_and_direction_changing_characters_are_refused() {
        for bad in [
            '\u{85}',
            '\u{2028}',
            '\u{2029}',
            '\u{202E}',
            '\u{200B}',
            '\u{FEFF}',
            '\u{AD}',
            '\u{3164}',
            '\u{A0}',
            '\u{E000}',
            '\u{FFFE}',
            '\u{378}',
            '\u{E0041}',
            '\t',
            '\r',
            '\0',
            '\u{1b}',
            '\u{7f}',
            '\u{FE0F}',
        ] {
            assert!(check_line(&format!("a{bad}b")).is_err(), "U+{:04X}", u32::from(bad));
        }
        for good in ["Grüße, 世界", "naïve — “quoted” €", "क्षि"] {
            assert_eq!(check_line(good), Ok(()), "{good}");
        }
        assert!(check_line("e\u{301}").is_err(), "decomposed text is another text");
    }

    #[test]
    fn unicode_is_frozen_at_version_16() {
        // U+1C89 was assigned in 16.0, U+20C1 in 17.0.
        assert_eq!(check_line("\u{1C8A}"), Ok(()));
        assert!(check_line("\u{20C1}").is_err());
    }

    #[test]
    fn identifiers_are_ascii_and_lower_case() {
        assert_eq!(Form::Principal.check("kim@example.com"), Ok(()));
        for bad in ["k\u{456}m@example.com", "Kim@example.com", "", "@x", "a b", "a\nb"] {
            assert!(Form::Principal.check(bad).is_err(), "{bad}");
        }
        assert_eq!(Form::PolicyId.check("main.deny"), Ok(()));
        assert!(Form::PolicyId.check("1.deny").is_err());
        assert!(Form::Text.check(&"x".repeat(2_001)).is_err());
    }

    #[test]
    fn refs_are_full_names() {
        assert_eq!(Form::Ref.check("refs/heads/main"), Ok(()));
        for bad in [
            "main",
            "heads/main",
            "refs/heads/*",
            "refs/heads/..",
            "refs//main",
            "refs/heads/a.lock",
            "refs/x",
        ] {
            assert!(Form::Ref.check(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn words_that_mix_alphabets_are_named() {
        assert_eq!(mixed_script_words("p\u{430}yment ok"), ["p\\u{430}yment"]);
        assert!(mixed_script_words("Привет world naïve").is_empty());
    }
}
