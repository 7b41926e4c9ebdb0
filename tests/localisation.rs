//! Places of findings whose rules return a message only.
//!
//! Each folder below `tests/localisation/<system>/` is one audit: files and a policy. The right place was
//! judged by hand and stands beside the line it is on, with the message that belongs there:
//! `#= message` marks the line itself, `#~ message` a block around it that is also of use. Several messages are
//! separated by `||`. What the engine answers is then counted, by system and by confidence.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)] // a test may panic

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use probity::audit::judge;
use probity::facts::{Basis, Facts, Surroundings, units};
use probity::model::{Confidence, Finding};
use probity::policy::{self, Answers, Bundle, Isolation, Policy, evaluate, locate};
use probity::source::{Document, Kind, read};

/// What a place turned out to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Hit {
    Exact,
    Block,
    Resource,
    Wrong,
}

/// A judged line.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Mark {
    path: String,
    line: u32,
}

/// One folder: its documents, its policies and the places that were judged.
struct Case {
    name: String,
    documents: Vec<Arc<Document>>,
    policies: Vec<Policy>,
    exact: BTreeMap<String, Vec<Mark>>,
    blocks: BTreeMap<String, Vec<Mark>>,
}

impl Case {
    fn read(folder: &Path) -> Self {
        let bundle = Bundle::load(&[folder], &Isolation::InProcess).unwrap();
        assert!(bundle.failures.is_empty(), "{}: {:?}", folder.display(), bundle.failures);
        let policies = bundle.policies.into_iter().filter(|p| !p.info.id.starts_with("PB-")).collect();
        let mut case = Self {
            name: folder.file_name().unwrap().to_string_lossy().into_owned(),
            documents: Vec::new(),
            policies,
            exact: BTreeMap::new(),
            blocks: BTreeMap::new(),
        };
        for file in sorted(folder).iter().filter(|file| file.extension().is_some_and(|e| e != "rego")) {
            let name = file.file_name().unwrap().to_string_lossy().into_owned();
            let text = std::fs::read_to_string(file).unwrap();
            for (line, text) in (1..).zip(text.lines()) {
                for (sign, marks) in [("#= ", &mut case.exact), ("#~ ", &mut case.blocks)] {
                    let Some((_, messages)) = text.split_once(sign) else { continue };
                    let messages = messages.split(" #").next().unwrap().split(" || ");
                    for message in messages {
                        let mark = Mark { path: name.clone(), line };
                        marks.entry(message.trim().to_owned()).or_default().push(mark);
                    }
                }
            }
            let kind = Kind::of_path(&name).unwrap();
            let reading = read(&name, kind, text.into_bytes(), false);
            assert!(reading.unparsed.is_none(), "{name}: {:?}", reading.unparsed);
            case.documents.push(Arc::new(reading.document.unwrap()));
        }
        case
    }

    fn findings(&self) -> Vec<Finding> {
        let policies: Vec<&Policy> = self.policies.iter().collect();
        let judgement =
            judge(&self.documents, &policies, &Surroundings::default(), Some(&Answers::default()), &|_| {});
        assert!(judgement.not_evaluated.is_empty(), "{}: {:?}", self.name, judgement.not_evaluated);
        judgement.findings
    }

    fn hit(&self, finding: &Finding) -> Hit {
        let here = Mark { path: finding.location.path.clone(), line: finding.location.start.line };
        let exact = self.exact.get(&finding.message).unwrap_or_else(|| {
            panic!("{}: nobody judged `{}`, found at {}:{}", self.name, finding.message, here.path, here.line)
        });
        let is_in = |marks: Option<&Vec<Mark>>| marks.is_some_and(|marks| marks.contains(&here));
        if exact.contains(&here) {
            Hit::Exact
        } else if is_in(self.blocks.get(&finding.message)) {
            Hit::Block
        } else if exact.iter().any(|mark| self.resource(mark) == self.resource(&here)) {
            Hit::Resource
        } else {
            Hit::Wrong
        }
    }

    /// The line on which the resource around a line begins.
    fn resource(&self, mark: &Mark) -> (String, u32) {
        let document = self.documents.iter().find(|document| document.path == mark.path).unwrap();
        let text = document.text.as_str();
        let lines: Vec<&str> = text.lines().collect();
        let cloudformation = text.contains("\nResources:");
        let starts = |line: &str| {
            let open = line.chars().next().is_some_and(char::is_alphabetic);
            if cloudformation {
                open || line.starts_with("  ") && line[2..].starts_with(char::is_alphabetic)
            } else if Path::new(&mark.path).extension().is_some_and(|e| e == "tf") {
                open
            } else {
                line.starts_with("---")
            }
        };
        let start = (0..mark.line as usize).rev().find(|at| lines.get(*at).is_some_and(|line| starts(line)));
        (mark.path.clone(), u32::try_from(start.map_or(0, |at| at + 1)).unwrap())
    }

    /// Questions and time of each finding, asked again one by one.
    fn costs(&self) -> Vec<(usize, Duration)> {
        let facts = Facts::of(&self.documents);
        let mut costs = Vec::new();
        for policy in &self.policies {
            for view in policy.views() {
                for unit in units(view, &Basis::of(&facts, &self.documents), &|_| true) {
                    let unit = policy::Case::new(unit);
                    for raw in evaluate(policy, &unit).unwrap() {
                        let started = Instant::now();
                        let found = locate(policy, &unit.unit, &raw);
                        costs.push((found.questions, started.elapsed()));
                    }
                }
            }
        }
        costs
    }
}

fn sorted(folder: &Path) -> Vec<PathBuf> {
    let mut paths: Vec<PathBuf> =
        std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths
}

fn cases(system: &str) -> Vec<Case> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/localisation").join(system);
    sorted(&folder).iter().map(|folder| Case::read(folder)).collect()
}

/// Audits a system's cases, prints the table and every miss, and holds the thresholds.
fn measure(system: &str, exact_at_least: f64) {
    let mut table: BTreeMap<Confidence, BTreeMap<Hit, usize>> = BTreeMap::new();
    let mut misses = String::new();
    let mut costs = Vec::new();
    for case in cases(system) {
        let findings = case.findings();
        let mut judged: Vec<&String> = case.exact.keys().collect();
        for finding in &findings {
            let hit = case.hit(finding);
            judged.retain(|message| **message != finding.message);
            *table.entry(finding.confidence).or_default().entry(hit).or_default() += 1;
            if hit != Hit::Exact {
                let at = &finding.location;
                let want: Vec<u32> = case.exact[&finding.message].iter().map(|mark| mark.line).collect();
                let _ = writeln!(
                    misses,
                    "  {hit:?} {}: `{}` at {}:{}, judged {want:?} ({})",
                    case.name,
                    finding.message,
                    at.path,
                    at.start.line,
                    finding.confidence.as_str()
                );
            }
        }
        assert!(judged.is_empty(), "{system}/{}: judged, and not found: {judged:?}", case.name);
        costs.extend(case.costs());
    }
    let count = |hit: Option<Hit>, confidence: Option<Confidence>| -> usize {
        let rows = table.iter().filter(|(of, _)| confidence.is_none_or(|confidence| **of == confidence));
        let cells = rows.flat_map(|(_, row)| row).filter(|(of, _)| hit.is_none_or(|hit| **of == hit));
        cells.map(|(_, count)| count).sum()
    };
    println!(
        "{system}: place by confidence\n  {:<18}{:>6}{:>6}{:>10}{:>7}{:>7}",
        "", "exact", "block", "resource", "wrong", "all"
    );
    for confidence in Confidence::ALL.into_iter().map(Some).chain([None]) {
        let cell = |hit| count(Some(hit), confidence);
        println!(
            "  {:<18}{:>6}{:>6}{:>10}{:>7}{:>7}",
            confidence.map_or("all", Confidence::as_str),
            cell(Hit::Exact),
            cell(Hit::Block),
            cell(Hit::Resource),
            cell(Hit::Wrong),
            count(None, confidence)
        );
    }
    costs.sort();
    let at = |part: usize| costs[(costs.len() - 1) * part / 100];
    let mut times: Vec<Duration> = costs.iter().map(|(_, time)| *time).collect();
    times.sort();
    let time = |part: usize| times[(times.len() - 1) * part / 100].as_secs_f64() * 1000.0;
    println!(
        "  questions: median {}, p90 {}; ms: median {:.1}, p90 {:.1}\n{misses}",
        at(50).0,
        at(90).0,
        time(50),
        time(90)
    );
    #[allow(clippy::cast_precision_loss)] // some dozens
    let share =
        |count: usize| count as f64 * 100.0 / table.values().flat_map(BTreeMap::values).sum::<usize>() as f64;
    let (exact, block) = (share(count(Some(Hit::Exact), None)), share(count(Some(Hit::Block), None)));
    let wrong = share(count(Some(Hit::Wrong), None));
    assert!(count(None, None) >= 40, "{} findings of {system} are too few", count(None, None));
    assert!(exact >= exact_at_least, "{system}: {exact:.1} % exact");
    assert!(exact + block >= 95.0, "{system}: {:.1} % exact or in a block", exact + block);
    assert!(wrong < 2.0, "{system}: {wrong:.1} % in a wrong resource");
}

#[test]
fn terraform() {
    measure("terraform", 85.0);
}

#[test]
fn kubernetes() {
    measure("kubernetes", 75.0);
}

#[test]
fn cloudformation() {
    measure("cloudformation", 75.0);
}
