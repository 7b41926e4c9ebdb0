//! Which lines of the policies the tests evaluated.
//!
//! The engine knows the lines of the expressions that it met, but says nothing of a file that it never entered;
//! there the lines come from the syntax, and none is covered.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use crate::policy::ast::RegoFile;
use crate::policy::outline::syntax_tree;

/// The lines of one file that hold expressions.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileCoverage {
    pub file: String,
    pub covered: BTreeSet<u32>,
    pub not_covered: BTreeSet<u32>,
}

/// Covered lines of all files, in percent; 100 when there is no line.
pub fn percentage(files: &[FileCoverage]) -> f64 {
    let covered: usize = files.iter().map(|file| file.covered.len()).sum();
    let all = covered + files.iter().map(|file| file.not_covered.len()).sum::<usize>();
    let count = |lines: usize| u32::try_from(lines).map_or(f64::from(u32::MAX), f64::from);
    if all == 0 { 100.0 } else { 100.0 * count(covered) / count(all) }
}

/// What the engines met, over all tests.
#[derive(Default)]
pub(super) struct Lines {
    met: BTreeMap<String, (BTreeSet<u32>, BTreeSet<u32>)>,
}

impl Lines {
    pub(super) fn add(&mut self, engine: &regorus::Engine) {
        let Ok(report) = engine.get_coverage_report() else { return };
        for file in report.files {
            let (covered, not_covered) = self.met.entry(file.path).or_default();
            covered.extend(file.covered);
            not_covered.extend(file.not_covered);
        }
    }

    /// Of every file that is no test.
    pub(super) fn of(mut self, files: &[RegoFile]) -> Vec<FileCoverage> {
        let policies = files.iter().filter(|file| !file.name.ends_with("_test.rego"));
        let mut out: Vec<FileCoverage> = policies
            .map(|file| {
                let (covered, mut not_covered) =
                    self.met.remove(&file.name).unwrap_or_else(|| (BTreeSet::new(), expression_lines(file)));
                not_covered.retain(|line| !covered.contains(line));
                FileCoverage { file: file.name.clone(), covered, not_covered }
            })
            .collect();
        out.sort_by(|a, b| a.file.cmp(&b.file));
        out
    }
}

/// The lines on which a statement of a rule begins.
fn expression_lines(file: &RegoFile) -> BTreeSet<u32> {
    fn collect(json: &Json, lines: &mut BTreeSet<u32>) {
        match json {
            Json::Object(map) => {
                if map.contains_key("literal") {
                    let line = json.pointer("/span/line").and_then(Json::as_u64);
                    lines.extend(line.and_then(|line| u32::try_from(line).ok()));
                }
                map.values().for_each(|inner| collect(inner, lines));
            }
            Json::Array(items) => items.iter().for_each(|inner| collect(inner, lines)),
            _ => {}
        }
    }
    let mut lines = BTreeSet::new();
    if let Some(tree) = syntax_tree(file) {
        collect(&tree, &mut lines);
    }
    lines
}
