//! Writers: one report, several forms. Every writer is a pure function of the report, so the same
//! audit gives the same bytes.

mod json;
mod text;

pub use json::{SCHEMA, json, origin_json};
pub use text::{origin_text, text};
