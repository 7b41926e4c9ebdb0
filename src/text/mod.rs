//! Untrusted text made fit for a terminal.
//!
//! No string from the repository, a policy, git, the environment or a child process reaches a screen, a
//! pipe or an error message unless it went through here. Odd characters are shown as marks, never dropped:
//! an attack that vanishes takes the evidence along.
//!
//! ```text
//! &str, &[u8] ──> SafeText (marks with their class) ──> fit, elide ──> view, text writer
//! file bytes  ──> SourceDoc (lines, tab stops, column map)
//! ```

mod safe;
mod source;
mod unicode;
mod width;

pub use safe::{Class, Mode, SafeText};
pub use source::{SourceDoc, SourceLine};
pub use width::{elide_end, elide_middle, elide_path, fit, grapheme_width, skip_columns, str_width, wrap};
