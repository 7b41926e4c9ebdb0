//! Probity: interactive AI-governance audits of git repositories.
pub mod audit;
pub mod cli;
pub mod facts;
pub mod git;
pub mod model;
pub mod policy;
pub mod report;
pub mod source;
pub mod text;
pub mod theme;
pub mod tui;
pub mod waiver;
