//! Which characters may stand as they are, and the name under which the others are shown.

use unicode_properties::{GeneralCategory, UnicodeGeneralCategory as _};

use super::Class;

/// What becomes of one character.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fate {
    Keep,
    /// Kept inside an emoji sequence of prose, else a danger: joiners and variation selectors.
    Joiner,
    /// A combining mark: needs a base, and at most four fit on one.
    Mark,
    Show(Class),
}

pub(super) fn fate(c: char) -> Fate {
    match c {
        ' '..='~' => Fate::Keep,
        '\0'..='\u{1f}' | '\u{7f}'..='\u{9f}' => Fate::Show(Class::Escaped),
        '\u{200d}' | '\u{fe0e}' | '\u{fe0f}' => Fate::Joiner,
        _ if is_invisible(c) => Fate::Show(Class::Danger),
        _ => match c.general_category() {
            // Every format character acts on its neighbours unseen: none of them may stand as it is.
            GeneralCategory::Format
            | GeneralCategory::LineSeparator
            | GeneralCategory::ParagraphSeparator => Fate::Show(Class::Danger),
            GeneralCategory::Control
            | GeneralCategory::PrivateUse
            | GeneralCategory::Surrogate
            | GeneralCategory::Unassigned => Fate::Show(Class::Escaped),
            GeneralCategory::NonspacingMark
            | GeneralCategory::EnclosingMark
            | GeneralCategory::SpacingMark => Fate::Mark,
            _ => Fate::Keep,
        },
    }
}

/// `Default_Ignorable_Code_Point` and a few more that draw nothing.
fn is_invisible(c: char) -> bool {
    matches!(c,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
        | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}'
        | '\u{fff0}'..='\u{fffb}' | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}'
        | '\u{e0000}'..='\u{e0fff}')
}

/// May a joiner or a variation selector follow this character? Wide on purpose: it only decides whether
/// prose keeps an emoji or shows its parts.
pub(super) fn is_emoji(c: char) -> bool {
    matches!(c,
        '#' | '*' | '0'..='9' | '\u{a9}' | '\u{ae}' | '\u{203c}' | '\u{2049}' | '\u{2122}' | '\u{2139}'
        | '\u{2194}'..='\u{21aa}' | '\u{231a}'..='\u{23ff}' | '\u{25aa}'..='\u{27bf}'
        | '\u{2934}' | '\u{2935}' | '\u{2b05}'..='\u{2b55}' | '\u{3030}' | '\u{303d}' | '\u{3297}'
        | '\u{3299}' | '\u{1f000}'..='\u{1faff}')
}

/// Writes the visible name of a character that may not stand as it is.
pub(super) fn push_name(out: &mut String, c: char) {
    use std::fmt::Write as _;
    let named = match c {
        '\u{61c}' => "ALM",
        '\u{200b}' => "ZWSP",
        '\u{200c}' => "ZWNJ",
        '\u{200d}' => "ZWJ",
        '\u{200e}' => "LRM",
        '\u{200f}' => "RLM",
        '\u{202a}' => "LRE",
        '\u{202b}' => "RLE",
        '\u{202c}' => "PDF",
        '\u{202d}' => "LRO",
        '\u{202e}' => "RLO",
        '\u{2060}' => "WJ",
        '\u{2066}' => "LRI",
        '\u{2067}' => "RLI",
        '\u{2068}' => "FSI",
        '\u{2069}' => "PDI",
        '\u{ad}' => "SHY",
        '\u{feff}' => "BOM",
        _ => "",
    };
    let code = u32::from(c);
    let _ = match c {
        // The control pictures stand in the order of the controls.
        '\0'..='\u{1f}' => {
            out.push(char::from_u32(0x2400 + code).unwrap_or('\u{fffd}'));
            Ok(())
        }
        '\u{7f}' => {
            out.push('\u{2421}');
            Ok(())
        }
        '\u{80}'..='\u{9f}' => write!(out, "\\u{{{code:x}}}"),
        _ if named.is_empty() => write!(out, "⟨U+{code:04X}⟩"),
        _ => write!(out, "⟨{named}⟩"),
    };
}
