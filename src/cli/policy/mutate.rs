//! `probity policy mutate`: which conditions of the policies no test holds.

use std::fmt::Write as _;

use serde_json::{Value as Json, json};

use crate::cli::args::{Format, MutateOptions};
use crate::cli::exit;
use crate::cli::failure::Failure;
use crate::policy::{Mutant, MutantKind, PolicyMutants, mutate};
use crate::text::SafeText;

pub(super) fn run(options: &MutateOptions) -> Result<(String, u8), Failure> {
    let policies = mutate(options.path.as_deref(), options.only.as_deref()).map_err(Failure::Usage)?;
    if policies.is_empty() {
        return Err(Failure::Usage("no policy to change".to_owned()));
    }
    let held = policies.iter().filter(|policy| policy.held()).count();
    let share = percent(held, policies.len());
    let text = match options.format {
        Format::Text => text(&policies),
        Format::Json => format!("{:#}\n", as_json(&policies)),
    };
    let enough = options.threshold.is_none_or(|least| share >= least);
    Ok((text, if enough { exit::CLEAN } else { exit::FINDINGS }))
}

fn percent(part: usize, whole: usize) -> f64 {
    let count = |n: usize| u32::try_from(n).map_or(f64::from(u32::MAX), f64::from);
    if whole == 0 { 100.0 } else { 100.0 * count(part) / count(whole) }
}

/// Killed and all, of one kind or of every kind.
fn tally(policies: &[PolicyMutants], kind: Option<MutantKind>) -> (usize, usize) {
    let of = |list: &[Mutant]| list.iter().filter(|m| kind.is_none_or(|kind| m.kind == kind)).count();
    let killed = policies.iter().map(|policy| of(&policy.killed)).sum::<usize>();
    (killed, killed + policies.iter().map(|policy| of(&policy.survived)).sum::<usize>())
}

fn text(policies: &[PolicyMutants]) -> String {
    let mut out = String::new();
    for policy in policies {
        let killed = policy.killed.len();
        if let Some(reason) = &policy.unusable {
            let _ =
                writeln!(out, "{:<12} {}", SafeText::new(&policy.policy).as_str(), SafeText::prose(reason));
            continue;
        }
        let _ = writeln!(
            out,
            "{:<12} {killed} of {} killed",
            SafeText::new(&policy.policy).as_str(),
            killed + policy.survived.len()
        );
        for mutant in &policy.survived {
            let file = SafeText::new(&policy.file);
            let _ = writeln!(
                out,
                "  {file}:{}: {} survives: {} -> {}",
                mutant.line,
                mutant.kind.as_str(),
                shown(&mutant.before),
                shown(&mutant.after)
            );
        }
    }
    let held = policies.iter().filter(|policy| policy.held()).count();
    let _ = writeln!(
        out,
        "\n{held} of {} policies ({:.1} %): each negated condition and each renamed attribute makes a test fail",
        policies.len(),
        percent(held, policies.len())
    );
    let _ = writeln!(out, "\nchange     mutants killed          policies without a survivor");
    for kind in MutantKind::ALL {
        let (killed, all) = tally(policies, Some(kind));
        let whole =
            policies.iter().filter(|policy| policy.unusable.is_none() && policy.all_killed(kind)).count();
        let _ = writeln!(
            out,
            "{:<8} {killed:>5} of {all:<5} ({:>5.1} %)   {whole:>4} of {} ({:.1} %)",
            kind.as_str(),
            percent(killed, all),
            policies.len(),
            percent(whole, policies.len())
        );
    }
    let (killed, all) = tally(policies, None);
    let _ = writeln!(out, "{:<8} {killed:>5} of {all:<5} ({:>5.1} %)", "all", percent(killed, all));
    let invalid: usize = policies.iter().map(|policy| policy.invalid).sum();
    let _ = writeln!(out, "{invalid} changes do not compile and are not counted");
    out
}

/// The beginning of a change, in one line.
fn shown(text: &str) -> SafeText {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let cut: String = line.chars().take(60).collect();
    SafeText::new(&if cut.len() < line.len() { format!("`{cut}...`") } else { format!("`{cut}`") })
}

fn as_json(policies: &[PolicyMutants]) -> Json {
    let each: Vec<Json> = policies
        .iter()
        .map(|policy| {
            let survived: Vec<Json> = policy
                .survived
                .iter()
                .map(|m| json!({"line": m.line, "kind": m.kind.as_str(), "before": m.before, "after": m.after}))
                .collect();
            json!({"policy": policy.policy, "file": policy.file, "killed": policy.killed.len(),
                "survived": survived, "invalid": policy.invalid, "unusable": policy.unusable})
        })
        .collect();
    let (killed, all) = tally(policies, None);
    let held = policies.iter().filter(|policy| policy.held()).count();
    json!({"schema": "probity.policy-mutants/v1", "policies": each,
        "summary": {"policies": policies.len(), "policies_held": held, "mutants": all, "killed": killed}})
}
