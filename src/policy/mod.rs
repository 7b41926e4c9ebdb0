//! Rego: loading policies, evaluating them over units, running their tests. The only room that
//! knows regorus.
//!
//! ```text
//!   policies/**.rego ──> Bundle ──┐
//!   --policies DIR ──────────────>├──> evaluate(policy, unit) ──> Vec<RawFinding>
//!     .rego, Gatekeeper's YAML    │
//!   units of facts ───────────────┘
//! ```
//! A policy that does not load, errors, recurses or runs out of time becomes a `NotEvaluated`
//! entry; it never counts as a pass.

mod ast;
mod builtins;
mod bundle;
mod constraint;
mod evaluate;
mod gatekeeper;
mod guard;
mod legacy;
mod machine;
mod metadata;
mod network;
mod shape;
mod suite;
mod test_runner;

pub use bundle::{Bundle, Policy};
pub use evaluate::{Input, RawFinding, evaluate};
pub use metadata::{Annotations, annotations};
pub use test_runner::{TestOutcome, TestResult, run_builtin_tests, run_tests};

/// The embedded files of `policies/`: name and text.
mod embedded {
    include!(concat!(env!("OUT_DIR"), "/policies.rs"));
}
