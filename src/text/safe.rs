//! `SafeText`: one line that cannot act on a terminal.

use std::fmt;

use unicode_segmentation::UnicodeSegmentation as _;

use super::unicode::{Fate, fate, is_emoji, push_name};
use super::width::grapheme_width;

/// How many combining marks one base may carry; the rest is counted, or a line could be buried under them.
const MARKS_PER_BASE: usize = 4;

/// Tab stops outside source.
const TAB: usize = 4;

/// How a stretch of a text came to be, so that the view can mark it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Class {
    /// As it was.
    Plain,
    /// Shown under another name: controls, bytes that are no UTF-8, private use.
    Escaped,
    /// Shown under its name because it deceives: bidirectional and invisible characters.
    Danger,
}

/// What kind of text this is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Code, paths, identifiers: every joiner and variation selector is shown.
    Code,
    /// Messages and names of people: emoji sequences are kept.
    Prose,
}

/// A stretch that is not plain: byte range and class.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Mark {
    start: usize,
    end: usize,
    class: Class,
}

/// One line of text without control, bidirectional, invisible or unassigned characters.
///
/// The field is private and every constructor escapes, so whoever holds one may print it. Making one of
/// its own output changes nothing. A line feed is shown as `␊`; use [`SafeText::lines`] to split first.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct SafeText {
    text: String,
    marks: Vec<Mark>,
}

impl SafeText {
    /// Code, a path or an identifier.
    pub fn new(text: &str) -> Self {
        Builder::new(Mode::Code, TAB).run(text)
    }

    /// A message or a name: emoji sequences stay whole.
    pub fn prose(text: &str) -> Self {
        Builder::new(Mode::Prose, TAB).run(text)
    }

    /// Bytes that may be no UTF-8: what is not becomes `\xNN`.
    pub fn from_bytes(bytes: &[u8]) -> Self {
        let mut builder = Builder::new(Mode::Code, TAB);
        builder.bytes(bytes);
        builder.finish()
    }

    /// Prose split into its lines; a carriage return before a line feed goes with it.
    pub fn lines(text: &str) -> Vec<Self> {
        text.lines().map(Self::prose).collect()
    }

    /// At most `cap` characters of the input, then how many were left out.
    pub fn capped(text: &str, mode: Mode, cap: usize) -> Self {
        let Some((cut, _)) = text.char_indices().nth(cap) else {
            return Builder::new(mode, TAB).run(text);
        };
        let (head, rest) = text.split_at(cut);
        let mut builder = Builder::new(mode, TAB);
        builder.str(head);
        builder.show(&format!("⟨+{} characters⟩", rest.chars().count()), Class::Escaped);
        builder.finish()
    }

    pub fn as_str(&self) -> &str {
        &self.text
    }

    pub fn is_empty(&self) -> bool {
        self.text.is_empty()
    }

    /// Does it hold a character that deceives?
    pub fn has_danger(&self) -> bool {
        self.marks.iter().any(|mark| mark.class == Class::Danger)
    }

    /// Cells it takes on the screen.
    pub fn width(&self) -> usize {
        super::str_width(&self.text)
    }

    /// The stretches in order, each with its class; together they are the whole text.
    pub fn spans(&self) -> impl Iterator<Item = (Class, &str)> {
        let mut at = 0;
        let ends = self.marks.iter().map(Some).chain(std::iter::once(None));
        ends.flat_map(move |mark| {
            let (start, end) = mark.map_or((self.text.len(), self.text.len()), |m| (m.start, m.end));
            let plain = (Class::Plain, self.text.get(at..start).unwrap_or(""));
            let marked = (mark.map_or(Class::Plain, |m| m.class), self.text.get(start..end).unwrap_or(""));
            at = end;
            [plain, marked]
        })
        .filter(|(_, part)| !part.is_empty())
    }

    /// A byte range of it, widened to characters; keeps the classes.
    #[must_use]
    pub fn slice(&self, start: usize, end: usize) -> Self {
        let start = self.text.floor_char_boundary(start.min(self.text.len()));
        let end = self.text.floor_char_boundary(end.clamp(start, self.text.len()));
        let text = self.text.get(start..end).unwrap_or("").to_owned();
        let marks = self.marks.iter().filter(|mark| mark.start < end && mark.end > start).map(|mark| Mark {
            start: mark.start.saturating_sub(start),
            end: mark.end.min(end) - start,
            class: mark.class,
        });
        Self { text, marks: marks.collect() }
    }

    /// Puts another safe text behind this one.
    pub fn push(&mut self, other: &SafeText) {
        let at = self.text.len();
        self.text.push_str(&other.text);
        self.marks.extend(other.marks.iter().map(|mark| Mark {
            start: mark.start + at,
            end: mark.end + at,
            class: mark.class,
        }));
    }

    /// Puts text of our own behind it; it is escaped all the same.
    pub fn push_str(&mut self, text: &str) {
        self.push(&SafeText::prose(text));
    }

    /// This text, then `text` of our own.
    #[must_use]
    pub fn with(mut self, text: &str) -> Self {
        self.push_str(text);
        self
    }

    /// This text, then another.
    #[must_use]
    pub fn and(mut self, other: &SafeText) -> Self {
        self.push(other);
        self
    }
}

impl From<&str> for SafeText {
    fn from(text: &str) -> Self {
        SafeText::new(text)
    }
}

impl fmt::Display for SafeText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.text)
    }
}

impl fmt::Debug for SafeText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.text, f)
    }
}

/// Escapes as it goes. `columns` maps each character of the input to the column it was drawn at.
pub(super) struct Builder {
    out: SafeText,
    mode: Mode,
    tab: usize,
    column: usize,
    columns: Option<Vec<usize>>,
}

impl Builder {
    pub(super) fn new(mode: Mode, tab: usize) -> Self {
        Self { out: SafeText::default(), mode, tab: tab.max(1), column: 0, columns: None }
    }

    pub(super) fn with_columns(mut self) -> Self {
        self.columns = Some(Vec::new());
        self
    }

    fn run(mut self, text: &str) -> SafeText {
        self.str(text);
        self.finish()
    }

    pub(super) fn finish(self) -> SafeText {
        self.out
    }

    pub(super) fn finish_with_columns(self) -> (SafeText, Vec<usize>) {
        (self.out, self.columns.unwrap_or_default())
    }

    pub(super) fn column(&self) -> usize {
        self.column
    }

    pub(super) fn bytes(&mut self, bytes: &[u8]) {
        for chunk in bytes.utf8_chunks() {
            self.str(chunk.valid());
            for byte in chunk.invalid() {
                // Decoders replace such bytes by one character each or all together; one each is ours.
                self.note_column();
                self.show(&format!("\\x{byte:02x}"), Class::Escaped);
            }
        }
    }

    pub(super) fn str(&mut self, text: &str) {
        // The common case by far: nothing to escape, and one column a byte.
        if text.bytes().all(|byte| (b' '..=b'~').contains(&byte)) {
            self.out.text.push_str(text);
            if let Some(columns) = &mut self.columns {
                columns.extend((0..text.len()).map(|at| self.column + at));
            }
            self.column += text.len();
            return;
        }
        for cluster in text.graphemes(true) {
            self.cluster(cluster);
        }
    }

    /// One grapheme cluster: kept whole when all of it may stand, else shown piece by piece.
    fn cluster(&mut self, cluster: &str) {
        if self.may_stand(cluster) {
            let width = grapheme_width(cluster);
            if width > 0 {
                for _ in cluster.chars() {
                    self.note_column();
                }
                self.out.text.push_str(cluster);
                self.column += width;
                return;
            }
        }
        let mut kept = String::new();
        let mut marks = 0;
        let mut excess = 0_usize;
        for c in cluster.chars() {
            match fate(c) {
                Fate::Mark if !kept.is_empty() && marks < MARKS_PER_BASE => {
                    self.note_column();
                    marks += 1;
                    kept.push(c);
                }
                Fate::Mark if !kept.is_empty() => {
                    self.note_column();
                    excess += 1;
                }
                Fate::Keep if grapheme_width(c.encode_utf8(&mut [0; 4])) > 0 => {
                    self.flush(&mut kept, &mut excess);
                    self.note_column();
                    kept.push(c);
                    marks = 0;
                }
                other => {
                    self.flush(&mut kept, &mut excess);
                    self.note_column();
                    self.odd(c, other);
                }
            }
        }
        self.flush(&mut kept, &mut excess);
    }

    fn flush(&mut self, kept: &mut String, excess: &mut usize) {
        if !kept.is_empty() {
            self.column += grapheme_width(kept);
            self.out.text.push_str(kept);
            kept.clear();
        }
        if *excess > 0 {
            self.show(&format!("⟨+{excess}⟩"), Class::Escaped);
            *excess = 0;
        }
    }

    fn odd(&mut self, c: char, fate: Fate) {
        if c == '\t' {
            let spaces = self.tab - self.column % self.tab;
            self.out.text.extend(std::iter::repeat_n(' ', spaces));
            self.column += spaces;
            return;
        }
        let class = match fate {
            Fate::Joiner => Class::Danger,
            Fate::Show(class) => class,
            Fate::Keep | Fate::Mark => Class::Escaped,
        };
        let mut name = String::new();
        push_name(&mut name, c);
        self.show(&name, class);
    }

    fn may_stand(&self, cluster: &str) -> bool {
        let mut marks = 0;
        let mut previous = None;
        let mut characters = cluster.chars().peekable();
        while let Some(c) = characters.next() {
            let fine = match fate(c) {
                Fate::Keep => {
                    marks = 0;
                    true
                }
                Fate::Mark => {
                    marks += 1;
                    marks <= MARKS_PER_BASE && previous.is_some()
                }
                Fate::Joiner => {
                    let after_emoji = previous.is_some_and(|p| is_emoji(p) || p == '\u{fe0f}');
                    let joins = c != '\u{200d}' || characters.peek().copied().is_some_and(is_emoji);
                    self.mode == Mode::Prose && after_emoji && joins
                }
                Fate::Show(_) => false,
            };
            if !fine {
                return false;
            }
            previous = Some(c);
        }
        true
    }

    /// Writes a mark.
    pub(super) fn show(&mut self, name: &str, class: Class) {
        let start = self.out.text.len();
        self.out.text.push_str(name);
        self.column += super::str_width(name);
        match self.out.marks.last_mut() {
            Some(last) if last.class == class && last.end == start => last.end += name.len(),
            _ => self.out.marks.push(Mark { start, end: start + name.len(), class }),
        }
    }

    fn note_column(&mut self) {
        let column = self.column;
        if let Some(columns) = &mut self.columns {
            columns.push(column);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use ratatui::buffer::Buffer;
    use ratatui::layout::Rect;
    use ratatui::style::Style;

    #[test]
    fn the_table() {
        for (input, shown, class) in [
            ("\u{1b}[31m", "␛[31m", Class::Escaped),
            ("\0\u{7f}\u{7}", "␀␡␇", Class::Escaped),
            ("\u{9b}", "\\u{9b}", Class::Escaped),
            ("a\rb", "a␍b", Class::Escaped),
            ("a\nb", "a␊b", Class::Escaped),
            ("\u{202e}x\u{2066}", "⟨RLO⟩x⟨LRI⟩", Class::Danger),
            ("a\u{200b}b", "a⟨ZWSP⟩b", Class::Danger),
            ("\u{e0041}", "⟨U+E0041⟩", Class::Danger),
            ("a\u{feff}", "a⟨BOM⟩", Class::Danger),
            ("\u{f031}", "⟨U+F031⟩", Class::Escaped),
            ("\u{fff8}", "⟨U+FFF8⟩", Class::Danger),
            ("\u{378}", "⟨U+0378⟩", Class::Escaped),
            ("\u{301}a", "⟨U+0301⟩a", Class::Escaped),
            ("👩\u{200d}💻", "👩⟨ZWJ⟩💻", Class::Danger),
        ] {
            let safe = SafeText::new(input);
            assert_eq!(safe.as_str(), shown);
            assert!(safe.spans().any(|(got, _)| got == class), "{input:?}");
        }
        assert_eq!(SafeText::new("a\tb").as_str(), "a   b");
        assert_eq!(SafeText::prose("👩\u{200d}💻 ❤\u{fe0f}").as_str(), "👩\u{200d}💻 ❤\u{fe0f}");
        assert_eq!(SafeText::from_bytes(b"a\xff\xfeb").as_str(), "a\\xff\\xfeb");
        let zalgo = format!("e{}!", "\u{301}".repeat(13));
        assert_eq!(SafeText::new(&zalgo).as_str(), format!("e{}⟨+9⟩!", "\u{301}".repeat(4)));
    }

    #[test]
    fn a_cap_counts_what_it_leaves_out() {
        assert_eq!(SafeText::capped("abcdef", Mode::Code, 4).as_str(), "abcd⟨+2 characters⟩");
        assert_eq!(SafeText::capped("abcd", Mode::Code, 4).as_str(), "abcd");
    }

    /// Characters that have given terminals trouble, mixed with any other.
    fn hostile() -> impl Strategy<Value = String> {
        let odd = prop::sample::select(vec![
            '\u{1b}',
            '\u{9b}',
            '\u{202e}',
            '\u{200d}',
            '\u{fe0f}',
            '\u{301}',
            '\u{ff9e}',
            '👩',
            '🇩',
            '🏽',
            '\u{1100}',
            '\u{1161}',
            '\u{600}',
            '\u{903}',
            '\u{d4e}',
            'ล',
            'ำ',
            '\u{644}',
            '\u{627}',
            '\t',
            '\r',
            '\n',
            '漢',
            '❤',
            '⟩',
            'a',
            ' ',
            '\u{e0101}',
            '\u{115f}',
            '\u{20e3}',
            '1',
        ]);
        prop::collection::vec(prop_oneof![3 => odd, 1 => any::<char>()], 0..40)
            .prop_map(|characters| characters.into_iter().collect())
    }

    proptest! {
        #[test]
        fn escaping_twice_changes_nothing(text in hostile()) {
            for mode in [Mode::Code, Mode::Prose] {
                let once = Builder::new(mode, TAB).run(&text);
                let twice = Builder::new(mode, TAB).run(once.as_str());
                prop_assert_eq!(once.as_str(), twice.as_str());
            }
        }

        #[test]
        fn nothing_acts_on_a_terminal(bytes in prop::collection::vec(any::<u8>(), 0..60), text in hostile()) {
            for safe in [SafeText::from_bytes(&bytes), SafeText::new(&text), SafeText::prose(&text)] {
                prop_assert!(!safe.as_str().chars().any(char::is_control));
                let deceives = safe.as_str().contains(['\u{202e}', '\u{2066}', '\u{200b}', '\u{feff}']);
                prop_assert!(!deceives);
                let joined: String = safe.spans().map(|(_, part)| part).collect();
                prop_assert_eq!(joined.as_str(), safe.as_str());
            }
        }

        /// Every stretch is drawn completely and takes as many cells as we say.
        #[test]
        fn the_width_is_what_is_drawn(text in hostile()) {
            for safe in [SafeText::new(&text), SafeText::prose(&text)] {
                let mut buffer = Buffer::empty(Rect::new(0, 0, 2000, 1));
                let mut x = 0;
                let mut drawn = String::new();
                for (_, part) in safe.spans() {
                    let start = x;
                    (x, _) = buffer.set_stringn(x, 0, part, 2000, Style::default());
                    prop_assert_eq!(usize::from(x - start), super::super::str_width(part), "{:?}", part);
                    let mut at = start;
                    while at < x {
                        let symbol = buffer[(at, 0)].symbol();
                        drawn.push_str(symbol);
                        at += u16::try_from(grapheme_width(symbol).max(1)).unwrap();
                    }
                }
                prop_assert_eq!(drawn, safe.as_str());
            }
        }
    }
}
