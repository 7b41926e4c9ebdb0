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
//! entry; it never counts as a pass. Only the embedded policies are evaluated in this process; all others
//! in a [`worker`].

mod answers;
mod ast;
mod builtins;
mod bundle;
mod case;
mod constraint;
mod controls;
mod data;
mod evaluate;
mod files;
mod gatekeeper;
mod guard;
mod legacy;
mod limits;
mod localise;
mod locate;
mod machine;
mod metadata;
mod mutate;
mod network;
mod newline;
mod outline;
mod page;
mod params;
mod pattern;
mod refusal;
mod rewrite;
mod shape;
mod sprintf;
mod suite;
mod syntax;
mod testing;
mod worker;

pub use answers::Answers;
pub use bundle::{Bundle, Policy};
pub use case::Case;
pub use controls::{Control, Framework, find_control, frameworks, split_control};
pub use data::load as load_data;
pub use evaluate::{Input, RawFinding, evaluate};
pub use files::{PolicyFiles, read_folder};
pub use limits::{MEMORY as POLICY_MEMORY, TIME as POLICY_TIME};
pub use localise::{Frames, Localised, Place, Trace};
pub use locate::locate;
pub use machine::Isolation;
pub use metadata::{Annotations, Need, annotations};
pub use mutate::{Mutant, MutantKind, PolicyMutants, mutate};
pub use page::{Page, page_index};
pub use params::{CONFIG, Params, defaults as parameter_defaults};
pub use refusal::Refusal;
pub use testing::{
    FileCoverage, TestOptions, TestOutcome, TestReport, TestResult, TestSuite, Untested, Why, percentage,
};
pub use worker::{Pool, SUBCOMMAND as WORKER_SUBCOMMAND, serve};

/// The embedded files of `policies/`: name and text, and as JSON the YAML files and the annotations among them.
mod embedded {
    include!(concat!(env!("OUT_DIR"), "/policies.rs"));
    include!(concat!(env!("OUT_DIR"), "/data.rs"));

    /// What a YAML file of ours holds, or the annotations of a policy.
    pub fn data<T: serde::de::DeserializeOwned>(name: &str) -> Option<T> {
        let (_, text) = DATA.iter().find(|(file, _)| *file == name)?;
        serde_json::from_str(text).ok()
    }

    #[cfg(test)]
    mod tests {
        use serde_json::Value as Json;

        use crate::policy::metadata::annotations;

        #[test]
        fn json_says_what_the_file_says() {
            let files = super::FILES.iter().filter(|(name, _)| name.rsplit('.').next() == Some("yaml"));
            for (name, text) in files {
                let expected: Json = serde_yaml::from_str(text).unwrap();
                assert_eq!(super::data(name), Some(expected), "{name}");
            }
            for (name, text) in
                super::FILES.iter().filter(|(name, _)| name.rsplit('.').next() == Some("rego"))
            {
                assert_eq!(super::data(name), annotations(text).unwrap(), "{name}");
            }
        }
    }
}
