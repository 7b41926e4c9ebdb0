//! Writers: one report or inventory, several forms. Every writer is a pure function of it, so the same
//! audit gives the same bytes.

mod attestation;
mod coverage;
mod cyclonedx;
mod dossier;
mod excerpt;
mod gaps;
mod github;
mod gitlab;
mod history;
mod inventory;
mod inventory_json;
mod json;
mod junit;
mod markdown;
mod oscal;
mod register;
mod sarif;
mod text;
mod uuid;

pub use attestation::{
    Compared, Grounds, PREDICATE_TYPE, Statement, Trust as StatementTrust, compare, report_digest,
};
pub use coverage::{CoverageChoice, coverage_json, coverage_markdown, coverage_text, markdown};
pub use cyclonedx::cyclonedx;
pub use dossier::Dossier;
pub use excerpt::{Excerpt, ExcerptLine, Sources};
pub use gaps::{Gap, gaps};
pub use github::github;
pub use gitlab::gitlab;
pub use history::{
    BACKTEST_SCHEMA, HISTORY_SCHEMA, backtest_json, backtest_text, event_line, happening, life_text,
    posture_csv, posture_json, posture_text,
};
pub use inventory::inventory;
pub use inventory_json::{INVENTORY_SCHEMA, inventory_json};
pub use json::{SCHEMA, json, traced_json};
pub use junit::{junit, xml};
pub use markdown::markdown_comment;
pub use oscal::{oscal_poam, oscal_results};
pub use register::{Exception, register_csv, register_markdown, register_text};
pub use sarif::{SarifOptions, sarif};
pub use text::{Page, Traced, origin_text, text, traced_text};
