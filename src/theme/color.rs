//! Colours: names, RGB, contrast, and the way down to 256 and 16.

use ratatui::style::{Color, Modifier, Style};

/// The sixteen names, in ANSI order. `white` is the bright one.
const NAMES: [(&str, Color); 17] = [
    ("black", Color::Black),
    ("red", Color::Red),
    ("green", Color::Green),
    ("yellow", Color::Yellow),
    ("blue", Color::Blue),
    ("magenta", Color::Magenta),
    ("cyan", Color::Cyan),
    ("gray", Color::Gray),
    ("bright-black", Color::DarkGray),
    ("bright-red", Color::LightRed),
    ("bright-green", Color::LightGreen),
    ("bright-yellow", Color::LightYellow),
    ("bright-blue", Color::LightBlue),
    ("bright-magenta", Color::LightMagenta),
    ("bright-cyan", Color::LightCyan),
    ("white", Color::White),
    ("reset", Color::Reset),
];

pub(super) fn names() -> impl Iterator<Item = &'static str> {
    NAMES.iter().map(|(name, _)| *name)
}

pub(super) fn named(name: &str) -> Option<Color> {
    NAMES.iter().find(|(known, _)| *known == name).map(|(_, color)| *color)
}

/// A colour of the palette: exact, and what stands for it where only sixteen are known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rgb {
    pub r: u8,
    pub g: u8,
    pub b: u8,
}

impl Rgb {
    /// `#rrggbb`
    pub fn parse(text: &str) -> Option<Self> {
        let digits = text.strip_prefix('#').filter(|d| d.len() == 6 && d.is_ascii())?;
        let value = u32::from_str_radix(digits, 16).ok()?;
        let [_, r, g, b] = value.to_be_bytes();
        Some(Self { r, g, b })
    }

    fn linear(self) -> [f64; 3] {
        [self.r, self.g, self.b].map(|channel| {
            let c = f64::from(channel) / 255.0;
            if c <= 0.04045 { c / 12.92 } else { ((c + 0.055) / 1.055).powf(2.4) }
        })
    }

    /// How far apart two colours look, in `OKLab`.
    pub fn distance(self, other: Rgb, sight: Sight) -> f64 {
        let [a, b] = [self, other].map(|rgb| oklab(sight.of(rgb.linear())));
        a.iter().zip(b).map(|(a, b)| (a - b) * (a - b)).sum::<f64>().sqrt()
    }

    fn luminance(self) -> f64 {
        let [r, g, b] = self.linear();
        0.2126 * r + 0.7152 * g + 0.0722 * b
    }

    /// WCAG contrast, 1 to 21.
    pub fn contrast(self, other: Rgb) -> f64 {
        let (a, b) = (self.luminance(), other.luminance());
        (a.max(b) + 0.05) / (a.min(b) + 0.05)
    }

    fn oklab(self) -> [f64; 3] {
        oklab(self.linear())
    }

    /// The nearest of the 240 fixed colours of a 256-colour terminal; the first sixteen differ by user.
    pub(super) fn indexed(self) -> Color {
        let target = self.oklab();
        let distance =
            |rgb: Rgb| -> f64 { rgb.oklab().iter().zip(target).map(|(a, b)| (a - b) * (a - b)).sum() };
        let nearest = (16..=255_u8).min_by(|a, b| distance(fixed(*a)).total_cmp(&distance(fixed(*b))));
        Color::Indexed(nearest.unwrap_or(16))
    }
}

/// Perceptual coordinates of a linear colour: equal distances look equally different.
/// Source: Björn Ottosson, "A perceptual color space for image processing" (2020).
#[allow(clippy::many_single_char_names)] // the letters of the published formula
fn oklab([r, g, b]: [f64; 3]) -> [f64; 3] {
    let l = (0.412_221_470_8 * r + 0.536_332_536_3 * g + 0.051_445_992_9 * b).cbrt();
    let m = (0.211_903_498_2 * r + 0.680_699_545_1 * g + 0.107_396_956_6 * b).cbrt();
    let s = (0.088_302_461_9 * r + 0.281_718_837_6 * g + 0.629_978_700_5 * b).cbrt();
    [
        0.210_454_255_3 * l + 0.793_617_785_0 * m - 0.004_072_046_8 * s,
        1.977_998_495_1 * l - 2.428_592_205_0 * m + 0.450_593_709_9 * s,
        0.025_904_037_1 * l + 0.782_771_766_2 * m - 0.808_675_766_0 * s,
    ]
}

/// A style as the terminal takes it: the parameters of SGR, and nothing that was not set.
pub(super) fn sgr(style: Style) -> String {
    let modifiers = [
        (Modifier::BOLD, "1"),
        (Modifier::DIM, "2"),
        (Modifier::ITALIC, "3"),
        (Modifier::UNDERLINED, "4"),
        (Modifier::REVERSED, "7"),
    ];
    let set = modifiers.iter().filter(|(modifier, _)| style.add_modifier.contains(*modifier));
    let mut parts: Vec<String> = set.map(|(_, code)| (*code).to_owned()).collect();
    for (color, base) in [(style.fg, 38_u8), (style.bg, 48)] {
        parts.extend(color.and_then(|color| match color {
            Color::Rgb(r, g, b) => Some(format!("{base};2;{r};{g};{b}")),
            Color::Indexed(index) => Some(format!("{base};5;{index}")),
            named => {
                let at = NAMES.iter().position(|(_, known)| *known == named).filter(|at| *at < 16)?;
                Some(format!("{base};5;{at}"))
            }
        }));
    }
    parts.join(";")
}

/// How eyes see colours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sight {
    Usual,
    Protanopia,
    Deuteranopia,
    Tritanopia,
}

impl Sight {
    pub const ALL: [Sight; 4] = [Sight::Usual, Sight::Protanopia, Sight::Deuteranopia, Sight::Tritanopia];

    pub fn as_str(self) -> &'static str {
        match self {
            Sight::Usual => "usual sight",
            Sight::Protanopia => "protanopia",
            Sight::Deuteranopia => "deuteranopia",
            Sight::Tritanopia => "tritanopia",
        }
    }

    /// What of a linear colour is seen. Matrices for severity 1.0 from Machado, Oliveira, Fernandes, "A
    /// physiologically-based model for simulation of color vision deficiency" (2009).
    fn of(self, [r, g, b]: [f64; 3]) -> [f64; 3] {
        let rows = match self {
            Sight::Usual => return [r, g, b],
            Sight::Protanopia => [
                [0.152_286, 1.052_583, -0.204_868],
                [0.114_503, 0.786_281, 0.099_216],
                [-0.003_882, -0.048_116, 1.051_998],
            ],
            Sight::Deuteranopia => [
                [0.367_322, 0.860_646, -0.227_968],
                [0.280_085, 0.672_501, 0.047_413],
                [-0.011_820, 0.042_940, 0.968_881],
            ],
            Sight::Tritanopia => [
                [1.255_528, -0.076_749, -0.178_779],
                [-0.078_411, 0.930_809, 0.147_602],
                [0.004_733, 0.691_367, 0.303_900],
            ],
        };
        rows.map(|[x, y, z]: [f64; 3]| (x * r + y * g + z * b).clamp(0.0, 1.0))
    }
}

/// The colour behind an index from 16 up: a 6x6x6 cube, then 24 greys.
fn fixed(index: u8) -> Rgb {
    let level = |step: u8| if step == 0 { 0 } else { 55 + 40 * step };
    match index.saturating_sub(16) {
        grey @ 216.. => {
            let value = 8 + 10 * (grey - 216);
            Rgb { r: value, g: value, b: value }
        }
        cube => Rgb { r: level(cube / 36), g: level(cube / 6 % 6), b: level(cube % 6) },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn contrast_and_nearest() {
        let (black, white) = (Rgb { r: 0, g: 0, b: 0 }, Rgb { r: 255, g: 255, b: 255 });
        assert!((black.contrast(white) - 21.0).abs() < 0.01);
        assert_eq!(white.indexed(), Color::Indexed(231));
        assert_eq!(Rgb::parse("#ff0000").unwrap().indexed(), Color::Indexed(196));
        assert_eq!(Rgb::parse("#808080").unwrap().indexed(), Color::Indexed(244));
        assert_eq!(Rgb::parse("red"), None);
    }
}
