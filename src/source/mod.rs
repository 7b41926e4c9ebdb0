//! Bytes to documents.
mod node;
mod text;
pub use node::{Entry, Located, Node, Step, Value, steps_from_json};
pub use text::SourceText;
