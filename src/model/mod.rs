//! The nouns that every room shares: severities, findings, fingerprints, locations, reports.
//!
//! Nothing here reads a file, knows a third-party engine or draws: a value of these types can be
//! made in a test by hand, and two equal reports serialise to equal bytes.

mod canonical;
mod digest;
mod evidence;
mod finding;
mod history;
mod kept;
mod location;
mod matrix;
mod nearest;
mod origin;
pub mod path;
mod policy;
mod report;
mod web;

pub use canonical::canonical_json;
pub use digest::{Digest, Fingerprint, ParseDigestError};
pub use evidence::{Confidence, EvidencePlace, EvidenceRole};
pub use finding::{Finding, Status, Verdict, WaiverRef};
pub use history::{Backtest, Counts, Difference, Happening, LifeEvent, Lifecycle, Posture, PostureLine};
pub use kept::Kept;
pub use location::{Location, Position, Span};
pub use matrix::{ControlLine, FrameworkLine, Matrix, Outcome, PolicyLine};
pub use nearest::nearest;
pub use origin::{CommitInfo, DiffLine, DiffLineKind, Flip, Origin, OriginKind};
pub use policy::{PolicyId, PolicyInfo, Scope, Severity};
pub use report::{Baseline, NotEvaluated, Report, RepositoryInfo, Unread, WaiverLine};
pub use web::Web;
