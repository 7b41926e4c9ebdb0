//! How quick the screen is with many findings: `cargo bench --bench screen [-- COUNT]`, a million by default.
//!
//! Printed are the memory that the findings take, a frame at 200x60 and filters, each the quickest of some.
#![allow(clippy::unwrap_used)] // a benchmark that cannot start should stop

use std::sync::Arc;
use std::time::{Duration, Instant};

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use probity::model::{
    Confidence, Digest, Finding, Fingerprint, Location, PolicyInfo, Position, Scope, Severity, Status,
    Verdict,
};
use probity::theme::Theme;
use probity::tui::{Effect, Job, JobEvent, JobId, Msg, State, Store, Summary, update, view};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const POLICIES: usize = 100;

fn main() {
    let asked = std::env::args().skip(1).find_map(|argument| argument.parse().ok());
    let count: usize = asked.unwrap_or(1_000_000);
    println!("{count} findings of {POLICIES} policies");
    let before = resident();
    let start = Instant::now();
    let mut store = Store::default();
    store.extend((0..count).map(finding(&policies())));
    show("taken over from the audit", start.elapsed());
    println!("{:<40}{:>8} MB", "memory", (resident() - before) >> 20);

    let theme = Theme::built_in("terminal").unwrap();
    let mut state = State::new(theme, "bench", (200, 60));
    let effects = probity::tui::start(&mut state);
    let job = audit_job(&effects);
    let start = Instant::now();
    update(&mut state, Msg::Job(job, JobEvent::AuditDone(Arc::new(store), Arc::new(Summary::default()))));
    show("shown for the first time", start.elapsed());

    let mut buffer = Buffer::empty(Rect::new(0, 0, 200, 60));
    let mut frames = quickest(20, || view(&state, &mut buffer));
    frames = frames.min(quickest(20, || view(&state, &mut buffer)));
    show("a frame at 200x60", frames);
    show("a key: down", quickest(20, || drop(key(&mut state, 'j'))));
    show("a key: mark", quickest(5, || drop(key(&mut state, ' '))));
    show("a key: reviewed", quickest(5, || drop(key(&mut state, 'm'))));
    for query in ["sev>=high", "path:team7", "owner:@team3 sev:low", "bucket", "tm/claims"] {
        show(&format!("filter `{query}`, off the thread"), filter(&mut state, query));
    }
    key(&mut state, 'g');
    let start = Instant::now();
    key(&mut state, 'f');
    show("grouped by file", start.elapsed());
}

/// Types a query and does what the worker would; gives the time of that.
fn filter(state: &mut State, query: &str) -> Duration {
    key(state, '/');
    press(state, KeyEvent::new(KeyCode::Char('k'), KeyModifiers::CONTROL));
    let mut effects = Vec::new();
    for c in query.chars() {
        effects = key(state, c);
    }
    let (id, job) = effects
        .into_iter()
        .find_map(|effect| match effect {
            Effect::Start(id, job @ Job::Filter(..)) => Some((id, job)),
            _ => None,
        })
        .unwrap();
    let start = Instant::now();
    let event = job.filtered().unwrap();
    let took = start.elapsed();
    update(state, Msg::Job(id, event));
    press(state, KeyEvent::new(KeyCode::Enter, KeyModifiers::NONE));
    took
}

fn key(state: &mut State, c: char) -> Vec<Effect> {
    press(state, KeyEvent::new(KeyCode::Char(c), KeyModifiers::NONE))
}

fn press(state: &mut State, event: KeyEvent) -> Vec<Effect> {
    update(state, Msg::Key(event))
}

fn audit_job(effects: &[Effect]) -> JobId {
    let audit = effects.iter().find_map(|effect| match effect {
        Effect::Start(id, Job::Audit(_)) => Some(*id),
        _ => None,
    });
    audit.unwrap()
}

fn quickest(times: usize, mut work: impl FnMut()) -> Duration {
    let taken = (0..times).map(|_| {
        let start = Instant::now();
        work();
        start.elapsed()
    });
    taken.min().unwrap()
}

fn show(what: &str, took: Duration) {
    println!("{what:<40}{:>8.2} ms", took.as_secs_f64() * 1e3);
}

/// Bytes of this process in memory.
fn resident() -> u64 {
    let text = std::fs::read_to_string("/proc/self/statm").unwrap_or_default();
    let pages: u64 = text.split(' ').nth(1).and_then(|pages| pages.parse().ok()).unwrap_or(0);
    pages * 4096
}

fn policies() -> Vec<Arc<PolicyInfo>> {
    (0..POLICIES)
        .map(|number| {
            Arc::new(PolicyInfo {
                id: format!("PB-BENCH-{number:03}").into(),
                title: format!("Something number {number} is as it should be"),
                severity: *Severity::ALL.iter().cycle().nth(number).unwrap(),
                scopes: vec![Scope::Resource],
                controls: vec![format!("ISO42001:A.{}", number % 9)],
                description: String::new(),
                version: 1,
                remediation: String::new(),
                related: Vec::new(),
                waivable: true,
                digest: Digest::of(b"policy"),
                file: String::new(),
            })
        })
        .collect()
}

fn finding(policies: &[Arc<PolicyInfo>]) -> impl FnMut(usize) -> Finding + '_ {
    let owners: Vec<Arc<[String]>> = (0..40).map(|team| Arc::from([format!("@team{team}")])).collect();
    move |number| {
        let policy = policies.get(number % POLICIES).unwrap();
        let (team, module) = (number / POLICIES % 40, number / POLICIES % 2_500);
        let path = format!("team{team}/modules/module{module}/main.tf");
        let resource = format!("terraform:team{team}/modules/module{module}//aws_s3_bucket.claims_{number}");
        let line = u32::try_from(number % 900).unwrap();
        let place = Position { line, column: 3 };
        Finding {
            fingerprint: Fingerprint::compute(&policy.id, &resource, "", 0),
            message: format!("claims_{number} is not what policy {} wants", policy.id),
            policy: policy.clone(),
            verdict: Verdict::Fail,
            severity: policy.severity,
            resource,
            key: String::new(),
            location: Location { path, start: place, end: place },
            confidence: Confidence::PathGiven,
            evidence_places: Vec::new(),
            evidence: None,
            evidence_digest: Some(Digest::of(&number.to_be_bytes())),
            status: Status::Open,
            waiver: None,
            unit_files: Arc::default(),
            owners: Arc::clone(owners.get(team).unwrap()),
        }
    }
}
