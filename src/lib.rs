//! Probity: interactive AI-governance audits of git repositories.
pub mod git;
pub mod model;
pub mod source;
pub mod text;
pub mod theme;
pub mod tui;
