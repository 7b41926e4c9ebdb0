//! Probity: interactive AI-governance audits of git repositories.
//!
//! ```text
//! git ──> snapshot ──> source ──> facts ──> policy ──> audit ──> report
//!          files      documents   resources   findings   + waivers      text, json
//!          + oids     + spans     pipelines   + evidence + origins ──>  tui
//!                                 unknowns
//! ```
//! Each stage is a pure function of the one before it; only [`git`], the signer in [`waiver`], the
//! screen's worker and [`cli`] touch the outside world. History is this same pipeline run over older
//! commits.
//!
//! | room | holds | may import |
//! |---|---|---|
//! | [`model`] | the nouns | - |
//! | [`text`] | `SafeText`: untrusted text made fit for a terminal | model |
//! | [`source`] | bytes to documents, a span on every value | model, text |
//! | [`facts`] | documents to resources, pipelines, systems, units | source, model |
//! | [`policy`] | Rego; the only user of regorus | facts, source, model |
//! | [`git`] | repositories; the only user of git2 | model |
//! | [`waiver`] | records, signatures, trust, states | model, git |
//! | [`audit`] | the pipeline, and tracing | all above |
//! | [`report`] | writers | model, text, audit |
//! | [`theme`] | colours by role | model |
//! | [`tui`] | the screen; knows the engine only as a trait | model, text, theme, source |
//! | [`cli`] | arguments, subcommands, exit codes | all |
//!
//! `tests/architecture.rs` reads the `use` lines and holds these arrows.

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
