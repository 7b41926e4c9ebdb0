//! Widths, measured as ratatui draws, and cutting without splitting a character.

use unicode_segmentation::UnicodeSegmentation as _;
use unicode_width::UnicodeWidthStr as _;

use super::SafeText;

/// Cells that ratatui gives one grapheme cluster.
pub fn grapheme_width(cluster: &str) -> usize {
    if cluster.len() == 1 {
        return 1;
    }
    // ratatui draws the halfwidth sound marks as a cell of their own, unicode-width counts them as none.
    cluster.width() + cluster.chars().filter(|c| matches!(c, '\u{ff9e}' | '\u{ff9f}')).count()
}

/// Cells that ratatui gives a text: the sum over its clusters, which is not always what
/// `UnicodeWidthStr` says of the whole (ligatures).
pub fn str_width(text: &str) -> usize {
    if text.is_ascii() { text.len() } else { text.graphemes(true).map(grapheme_width).sum() }
}

/// How many bytes from the start fit into `width` cells.
fn prefix(text: &str, width: usize) -> usize {
    if text.is_ascii() {
        return text.len().min(width);
    }
    let mut used = 0;
    for (at, cluster) in text.grapheme_indices(true) {
        used += grapheme_width(cluster);
        if used > width {
            return at;
        }
    }
    text.len()
}

/// Where the last `width` cells start.
fn suffix(text: &str, width: usize) -> usize {
    let mut used = 0;
    let mut start = text.len();
    for (at, cluster) in text.grapheme_indices(true).rev() {
        used += grapheme_width(cluster);
        if used > width {
            break;
        }
        start = at;
    }
    start
}

/// As much from the start as fits, without a mark of the cut.
pub fn fit(text: &SafeText, width: usize) -> SafeText {
    text.slice(0, prefix(text.as_str(), width))
}

/// What remains when `columns` cells are scrolled out on the left; a half-cut wide character is a space.
pub fn skip_columns(text: &SafeText, columns: usize) -> SafeText {
    let cut = prefix(text.as_str(), columns);
    let shown = str_width(text.as_str().get(..cut).unwrap_or(""));
    if shown == columns || cut >= text.as_str().len() {
        return text.slice(cut, usize::MAX);
    }
    let next = text.as_str().get(cut..).and_then(|rest| rest.graphemes(true).next()).unwrap_or("");
    let hidden = (shown + grapheme_width(next)).saturating_sub(columns);
    SafeText::new(&" ".repeat(hidden)).and(&text.slice(cut + next.len(), usize::MAX))
}

/// Cut at the end with `…`: for prose.
pub fn elide_end(text: &SafeText, width: usize) -> SafeText {
    if text.width() <= width {
        return text.clone();
    }
    match width {
        0 => SafeText::default(),
        _ => fit(text, width - 1).with("…"),
    }
}

/// Cut in the middle: for identifiers whose ends tell them apart.
pub fn elide_middle(text: &SafeText, width: usize) -> SafeText {
    if text.width() <= width {
        return text.clone();
    }
    if width < 4 {
        return elide_end(text, width);
    }
    let tail = (width - 1).div_ceil(2);
    let head = fit(text, width - 1 - tail);
    head.with("…").and(&text.slice(suffix(text.as_str(), tail), usize::MAX))
}

/// Cut in the middle so that the file name survives, with what follows it (`:12`).
pub fn elide_path(text: &SafeText, width: usize) -> SafeText {
    if text.width() <= width {
        return text.clone();
    }
    let Some(slash) = text.as_str().rfind('/') else { return elide_middle(text, width) };
    let name = text.slice(slash, usize::MAX);
    match width.checked_sub(name.width() + 1) {
        Some(room) => fit(text, room).with("…").and(&name),
        None => elide_middle(&text.slice(slash + 1, usize::MAX), width),
    }
}

/// Breaks a text into lines of at most `width` cells, at spaces where it can.
pub fn wrap(text: &SafeText, width: usize) -> Vec<SafeText> {
    let width = width.max(2);
    let mut lines = Vec::new();
    let mut rest = text.clone();
    while rest.width() > width {
        let cut = prefix(rest.as_str(), width);
        let head = rest.as_str().get(..cut).unwrap_or("");
        // A space just behind the cut ends the line exactly; else look back for one.
        let space = rest.as_str().get(cut..).is_some_and(|tail| tail.starts_with(' '));
        let at = if space { cut } else { head.rfind(' ').filter(|at| *at > 0).unwrap_or(cut) };
        let at = if at == 0 { rest.as_str().graphemes(true).next().map_or(1, str::len) } else { at };
        lines.push(rest.slice(0, at));
        let spaces = rest.as_str().get(at..).map_or(0, |tail| usize::from(tail.starts_with(' ')));
        rest = rest.slice(at + spaces, usize::MAX);
    }
    if !rest.is_empty() || lines.is_empty() {
        lines.push(rest);
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn file_names_survive() {
        let path = SafeText::new("infra/modules/storage/buckets/main.tf:41");
        assert_eq!(elide_path(&path, 20).as_str(), "infra/mo…/main.tf:41");
        assert_eq!(elide_path(&path, 12).as_str(), "…/main.tf:41");
        assert_eq!(elide_path(&path, 9).as_str(), "main…f:41");
        assert_eq!(elide_path(&path, 99).as_str(), path.as_str());
    }

    #[test]
    fn wide_characters_are_never_split() {
        let text = SafeText::new("漢字かな");
        assert_eq!(elide_end(&text, 4).as_str(), "漢…");
        assert_eq!(fit(&text, 3).as_str(), "漢");
        assert_eq!(skip_columns(&text, 3).as_str(), " かな");
    }

    #[test]
    fn wrapping_breaks_at_spaces() {
        let lines = wrap(&SafeText::new("one two three fourteenletters"), 8);
        let lines: Vec<_> = lines.iter().map(SafeText::as_str).collect();
        assert_eq!(lines, ["one two", "three", "fourteen", "letters"]);
    }

    proptest! {
        #[test]
        fn cutting_keeps_the_width(text in "\\PC{0,40}", width in 0_usize..30) {
            let text = SafeText::new(&text);
            for cut in [elide_end(&text, width), elide_middle(&text, width), elide_path(&text, width), fit(&text, width)] {
                prop_assert!(cut.width() <= width.max(1), "{:?} {}", cut, width);
            }
            for line in wrap(&text, width) {
                prop_assert!(line.width() <= width.max(4), "{:?}", line);
            }
        }
    }
}
