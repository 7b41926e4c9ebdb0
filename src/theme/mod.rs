//! Themes: what a role looks like.
//!
//! The screen names roles ("severity.high"), never colours; a theme file in `themes/` or in the user's
//! configuration says what they look like. The audited repository has no say in it.
//!
//! ```text
//! themes/*.toml ──load──> Theme (a style for every role) ──with_depth──> what this terminal can show
//! ```

mod color;
mod detect;
mod load;
mod role;

pub use color::{Rgb, Sight};
pub use detect::{Depth, Environment, choose};
pub use load::{Appearance, Theme, ThemeError};
pub use role::Role;
