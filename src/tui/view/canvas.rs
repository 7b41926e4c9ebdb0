//! Lines of safe text with roles, and the only place that writes cells.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use crate::text::{Class, SafeText, fit, skip_columns};
use crate::theme::{Role, Theme};

/// A piece of a line.
#[derive(Debug, Clone)]
struct Part {
    role: Role,
    text: SafeText,
    /// Words and signs of our own, which may be drawn otherwise.
    ours: bool,
}

/// A line: pieces of safe text, each with its role.
#[derive(Debug, Clone, Default)]
pub struct Styled {
    parts: Vec<Part>,
    /// Drawn under the whole width.
    base: Option<Role>,
}

impl Styled {
    pub fn new() -> Self {
        Self::default()
    }

    #[must_use]
    pub fn text(mut self, role: Role, text: &SafeText) -> Self {
        self.parts.push(Part { role, text: text.clone(), ours: false });
        self
    }

    /// Words of our own.
    #[must_use]
    pub fn lit(mut self, role: Role, text: &str) -> Self {
        self.parts.push(Part { role, text: SafeText::prose(text), ours: true });
        self
    }

    #[must_use]
    pub fn base(mut self, role: Role) -> Self {
        self.base = Some(role);
        self
    }

    /// Spaces up to a column; at least one when something stands before it.
    #[must_use]
    pub fn column(self, column: usize) -> Self {
        let width = self.width();
        let spaces = column.saturating_sub(width).max(usize::from(width > 0));
        self.lit(Role::Plain, &" ".repeat(spaces))
    }

    #[must_use]
    pub fn join(mut self, other: Styled) -> Self {
        self.parts.extend(other.parts);
        self
    }

    /// Cut to a width with `…`, then `right` at the right edge.
    #[must_use]
    pub fn with_right(self, width: usize, right: Styled) -> Self {
        let right_width = right.width();
        let room = width.saturating_sub(right_width);
        if right_width == 0 || right_width > width {
            return self;
        }
        let left = self.elided(room.saturating_sub(usize::from(room > 0)));
        let gap = room.saturating_sub(left.width());
        left.lit(Role::Plain, &" ".repeat(gap)).join(right)
    }

    /// Cut to a width with `…` at the end.
    #[must_use]
    pub fn elided(mut self, width: usize) -> Self {
        if self.width() <= width {
            return self;
        }
        let mut room = width.saturating_sub(1);
        let mut parts = Vec::new();
        for part in self.parts {
            let cut = fit(&part.text, room);
            room = room.saturating_sub(cut.width());
            let whole = cut == part.text;
            parts.push(Part { text: cut, ..part });
            if !whole {
                break;
            }
        }
        self.parts = parts;
        if width > 0 { self.lit(Role::Dim, "…") } else { self }
    }

    pub fn width(&self) -> usize {
        self.parts.iter().map(|part| part.text.width()).sum()
    }
}

/// Our signs and what stands for them where only ASCII is wanted, each as wide.
const SIGNS: [(char, char); 19] = [
    ('─', '-'),
    ('│', '|'),
    ('▌', '>'),
    ('▐', '<'),
    ('▶', '>'),
    ('▾', 'v'),
    ('▸', '+'),
    ('✓', 'x'),
    ('…', '~'),
    ('‹', '<'),
    ('›', '>'),
    ('▁', '_'),
    ('▂', '.'),
    ('▃', ':'),
    ('▄', '-'),
    ('▅', '='),
    ('▆', '%'),
    ('▇', '&'),
    ('█', '#'),
];

fn ascii(text: &SafeText) -> SafeText {
    let sign = |c: char| SIGNS.iter().find(|(sign, _)| *sign == c).map_or(c, |(_, plain)| *plain);
    SafeText::prose(&text.as_str().chars().map(sign).collect::<String>())
}

/// The buffer with the theme's eyes.
pub struct Canvas<'a> {
    buffer: &'a mut Buffer,
    theme: &'a Theme,
}

impl<'a> Canvas<'a> {
    pub fn new(buffer: &'a mut Buffer, theme: &'a Theme) -> Self {
        Self { buffer, theme }
    }

    pub fn clear(&mut self, area: Rect) {
        let area = area.intersection(self.buffer.area);
        for position in area.positions() {
            if let Some(cell) = self.buffer.cell_mut(position) {
                cell.reset();
            }
        }
        self.buffer.set_style(area, self.theme.style(Role::Plain));
    }

    /// Draws a line on the first row of `area`.
    pub fn line(&mut self, area: Rect, line: &Styled) {
        let area = Rect { height: area.height.min(1), ..area }.intersection(self.buffer.area);
        if area.is_empty() {
            return;
        }
        let mut base = self.theme.style(Role::Plain);
        if let Some(role) = line.base {
            base = base.patch(self.theme.style(role));
            self.buffer.set_style(area, base);
        }
        let mut x = area.x;
        for Part { role, text, ours } in &line.parts {
            let style = base.patch(self.theme.style(*role));
            let text = if *ours && self.theme.is_ascii() { &ascii(text) } else { text };
            for (class, part) in text.spans() {
                let style = match class {
                    Class::Plain => style,
                    Class::Escaped => style.patch(self.theme.style(Role::Escaped)),
                    Class::Danger => style.patch(self.theme.style(Role::Danger)),
                };
                let (next, whole) = self.put(x, area, part, style);
                x = next;
                if !whole {
                    return;
                }
            }
        }
    }

    /// Draws as much as fits; says where it ended and whether all of it did.
    fn put(&mut self, x: u16, area: Rect, part: &str, style: Style) -> (u16, bool) {
        let room = usize::from(area.right().saturating_sub(x));
        let fits = crate::text::str_width(part) <= room;
        let (next, _) = self.buffer.set_stringn(x, area.y, part, room, style);
        (next, fits)
    }

    /// Draws lines from the top, the first `scroll` left out.
    pub fn lines(&mut self, area: Rect, lines: &[Styled], scroll: usize) {
        for (row, line) in area.rows().zip(lines.iter().skip(scroll)) {
            self.line(row, line);
        }
    }

    /// `─ title ────` on the first row of `area`.
    pub fn rule(&mut self, area: Rect, title: &Styled) {
        self.line(area, &rule(usize::from(area.width), title));
    }

    /// A vertical rule as high as `beside`.
    pub fn divider(&mut self, x: u16, beside: Rect) {
        for row in beside.rows() {
            let cell = Rect { x, width: 1, ..row };
            self.line(cell, &Styled::new().lit(Role::Rule, "│"));
        }
    }
}

/// `─ title ─────`
pub(super) fn rule(width: usize, title: &Styled) -> Styled {
    let line = |count| Styled::new().lit(Role::Rule, &"─".repeat(count));
    if title.width() == 0 {
        return line(width);
    }
    let title = title.clone().elided(width.saturating_sub(4));
    let rest = width.saturating_sub(title.width() + 3);
    Styled::new().lit(Role::Rule, "─ ").join(title).lit(Role::Plain, " ").join(line(rest))
}

/// Scrolled out on the left.
pub(super) fn shift(text: &SafeText, columns: usize) -> SafeText {
    if columns == 0 { text.clone() } else { skip_columns(text, columns) }
}
