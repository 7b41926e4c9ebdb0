//! Where things stand: one pure function of the size, used by `update` and by the views.
//!
//! ```text
//! header (1 or 2 rows, rule)
//! rail │ main │ side        rail from 160 columns, side from 84 x 20
//! ─ peek ─                  one pane only, from 20 rows
//! status
//! footer                    from 16 rows
//! ```

use ratatui::layout::Rect;

use super::state::Screen;

pub const MIN_WIDTH: u16 = 40;
pub const MIN_HEIGHT: u16 = 10;

/// Rows of the peek strip, its rule included.
const PEEK: u16 = 6;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Regions {
    pub header: Rect,
    pub rail: Option<Rect>,
    pub main: Rect,
    pub side: Option<Rect>,
    pub peek: Option<Rect>,
    pub status: Rect,
    pub footer: Option<Rect>,
}

/// `None` when the terminal is too small to show anything.
/// `zoomed`: one pane has all the room.
pub fn regions((width, height): (u16, u16), screen: Screen, zoomed: bool) -> Option<Regions> {
    if width < MIN_WIDTH || height < MIN_HEIGHT {
        return None;
    }
    let tall = height >= 16;
    let header = Rect::new(0, 0, width, if tall { 3 } else { 1 });
    let footer = tall.then(|| Rect::new(0, height - 1, width, 1));
    let status = Rect::new(0, height - 1 - u16::from(tall), width, 1);
    let mut body = Rect::new(0, header.height, width, status.y.saturating_sub(header.height));
    let one_pane = zoomed || one_pane((width, height));

    let mut regions = Regions { header, status, footer, ..Regions::default() };
    match screen {
        Screen::Findings if one_pane => {
            if height >= 20 && !zoomed {
                let peek = Rect::new(0, body.bottom().saturating_sub(PEEK), width, PEEK.min(body.height));
                body.height = body.height.saturating_sub(PEEK);
                regions.peek = Some(peek);
            }
        }
        Screen::Findings => {
            if width >= 160 {
                let rail = 33;
                regions.rail = Some(Rect { width: rail, ..body });
                body = Rect { x: rail + 1, width: body.width.saturating_sub(rail + 1), ..body };
            }
            let share = if width >= 160 { 60 } else { 54 };
            regions.side = Some(split(&mut body, share));
        }
        Screen::Waivers if !one_pane => regions.side = Some(split(&mut body, 46)),
        Screen::Dashboard | Screen::Trace | Screen::Waivers | Screen::History => {}
    }
    regions.main = body;
    Some(regions)
}

/// No room for two panes side by side.
pub fn one_pane((width, height): (u16, u16)) -> bool {
    width < 84 || height < 20
}

/// Leaves `percent` of the width to `body`, a column to the rule, and returns the rest.
fn split(body: &mut Rect, percent: u32) -> Rect {
    let left = u16::try_from(u32::from(body.width) * percent / 100).unwrap_or(body.width);
    let side = Rect {
        x: body.x.saturating_add(left).saturating_add(1),
        width: body.width.saturating_sub(left).saturating_sub(1),
        ..*body
    };
    body.width = left;
    side
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn regions_stay_inside_and_apart() {
        for width in 0..260 {
            for height in 0..70 {
                for screen in Screen::ALL {
                    let Some(regions) = regions((width, height), screen, false) else {
                        assert!(width < MIN_WIDTH || height < MIN_HEIGHT);
                        continue;
                    };
                    let all = [
                        Some(regions.header),
                        regions.rail,
                        Some(regions.main),
                        regions.side,
                        regions.peek,
                        Some(regions.status),
                        regions.footer,
                    ];
                    let all: Vec<Rect> = all.into_iter().flatten().collect();
                    for (at, a) in all.iter().enumerate() {
                        assert!(a.right() <= width && a.bottom() <= height, "{width}x{height} {a:?}");
                        assert!(a.height > 0 && a.width > 0, "{width}x{height} {a:?}");
                        assert!(all.iter().skip(at + 1).all(|b| !a.intersects(*b)), "{width}x{height}");
                    }
                }
            }
        }
    }
}
