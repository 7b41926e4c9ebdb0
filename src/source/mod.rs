//! Bytes to documents: values with a source span on every part.
//!
//! Nothing here touches the outside world; whoever calls hands over bytes. Every limit (size,
//! nesting, alias expansion) ends in a reason with a line, never in a crash.

mod document;
pub mod hcl;
pub mod json;
mod kind;
mod node;
mod text;
pub mod yaml;

pub use document::{Document, MAX_FILE_BYTES, Reading, read};
pub use kind::Kind;
pub use node::{Entry, Located, Node, Step, UnknownPath, Value, steps_from_json};
pub use text::SourceText;
