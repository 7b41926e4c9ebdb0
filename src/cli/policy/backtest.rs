//! `probity policy backtest`: what a policy would have flagged at each commit.

use std::path::Path;

use crate::audit::{Audit, History};
use crate::cli::args::{BacktestOptions, Format};
use crate::cli::exit;
use crate::cli::failure::Failure;
use crate::model::{Backtest, PolicyId};
use crate::report;

pub fn run(options: &BacktestOptions) -> Result<(String, u8), Failure> {
    let first = tried(options, &options.policy)?;
    let tests = |(policies, history): &(Vec<(PolicyId, String)>, History)| -> Vec<Backtest> {
        policies.iter().map(|(id, title)| history.backtest(id, title, options.within_days)).collect()
    };
    let mut all = tests(&first);
    let mut difference = None;
    if let Some(against) = &options.against {
        let second = tried(options, against)?;
        all.extend(tests(&second));
        difference = match (first.0.as_slice(), second.0.as_slice()) {
            ([(one, _)], [(other, _)]) => Some(first.1.difference(one, &second.1, other)),
            _ => return Err(Failure::Usage("--against compares one policy with one other".to_owned())),
        };
    }
    let complete = all.iter().all(|test| test.not_evaluated == 0 && test.notes.is_empty());
    let text = match options.format {
        Format::Text => report::backtest_text(&all, difference.as_ref()),
        Format::Json => report::backtest_json(&all, difference.as_ref()),
    };
    Ok((text, if complete { exit::CLEAN } else { exit::INCOMPLETE }))
}

/// The policies of a file or of an id, and the history that they judge.
fn tried(options: &BacktestOptions, policy: &str) -> Result<(Vec<(PolicyId, String)>, History), Failure> {
    let mut what = options.what.clone();
    let is_file = Path::new(policy).exists();
    if is_file {
        what.policies.push(policy.into());
    } else {
        what.only.push(policy.to_owned());
    }
    let mut audit: Audit = what.open(&options.path, None)?;
    if is_file {
        audit = audit.only_given()?;
    }
    let policies = audit.policies().iter().map(|policy| (policy.info.id.clone(), policy.info.title.clone()));
    let policies = policies.collect();
    let history = crate::cli::history::walk(&audit, options.past.scope())?;
    Ok((policies, history))
}
