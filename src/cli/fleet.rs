//! `probity fleet`: many repositories, each audited as `check` audits one, and one register of all.
//!
//! ```text
//!   list ──shard──> audits, several at once ──> DIR/reports/<id>.json      probity.report/v1, one a repository
//!                                               DIR/lines/<id>.json        its line, written when its audit is done
//!   DIR/lines ──> DIR/register.jsonl, DIR/findings.jsonl                   what DuckDB and Spark read as it is
//! ```
//! A line names all that decides its report: a run that was cut off goes on where it was, and does again what changed.
//! Registers of shards are merged as sets of lines, so it does not matter how they are put together.

use std::collections::BTreeSet;
use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use serde_json::{Value, json};

use super::args::{FleetCommand, FleetMergeOptions, FleetOptions, FleetRunOptions, WhatOptions};
use super::exit;
use super::failure::Failure;
use super::shard::Shard;
use crate::model::{Digest, Report, Severity};
use crate::report;
use crate::text::SafeText;

pub const SCHEMA: &str = "probity.fleet/v1";
/// A list is read up to this size.
const MOST: u64 = 64 << 20;

pub fn run(options: &FleetOptions) -> Result<u8, Failure> {
    match &options.command {
        FleetCommand::Run(options) => audit_all(options),
        FleetCommand::Merge(options) => merge(options),
    }
}

/// A line of the list: where a repository is, and what of it.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Member {
    path: String,
    revision: String,
}

/// One repository a line: a path, and after a tab a revision. `#` begins a comment.
fn members(text: &str, otherwise: &str) -> Vec<Member> {
    let lines = text.lines().map(|line| line.trim_end_matches('\r'));
    let lines = lines.filter(|line| !line.trim().is_empty() && !line.starts_with('#'));
    lines
        .map(|line| {
            let (path, revision) = line.split_once('\t').unwrap_or((line, otherwise));
            let revision = if revision.trim().is_empty() { otherwise } else { revision.trim() };
            Member { path: path.trim().to_owned(), revision: revision.to_owned() }
        })
        .collect()
}

fn audit_all(options: &FleetRunOptions) -> Result<u8, Failure> {
    let shard =
        Shard::chosen(options.shard.as_deref(), |name| std::env::var(name).ok()).map_err(Failure::Usage)?;
    let all = members(&read_list(&options.list)?, options.what.rev.as_deref().unwrap_or("HEAD"));
    let mine: Vec<&Member> =
        all.iter().zip(0..).filter(|(_, at)| shard.has(*at)).map(|(member, _)| member).collect();
    for folder in ["reports", "lines"] {
        std::fs::create_dir_all(options.output.join(folder))?;
    }
    let (next, done) = (AtomicUsize::new(0), Mutex::new((0, 0)));
    let work = || {
        while let Some(member) = mine.get(next.fetch_add(1, Ordering::Relaxed)) {
            let told = audit_one(options, member);
            let mut counts = done.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
            counts.0 += 1;
            let word = match &told {
                Ok(true) => "audited",
                Ok(false) => "known",
                Err(why) => {
                    counts.1 += 1;
                    &format!("not written: {why}")
                }
            };
            eprintln!(
                "[{} of {}] {}: {}",
                counts.0,
                mine.len(),
                SafeText::new(&member.path),
                SafeText::prose(word)
            );
        }
    };
    let threads = options.jobs.map_or(2, std::num::NonZero::get).min(mine.len()).max(1);
    std::thread::scope(|scope| {
        for _ in 1..threads {
            scope.spawn(work);
        }
        work();
    });
    if done.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner).1 > 0 {
        return Err(Failure::Internal("some results could not be written".to_owned()));
    }
    let ids: BTreeSet<String> = mine.iter().map(|member| id(member)).collect();
    let code = register(&options.output, &ids)?;
    Ok(if options.exit_zero { exit::CLEAN } else { code })
}

/// Audits one repository, unless what is there says the same already. False where it does.
fn audit_one(options: &FleetRunOptions, member: &Member) -> Result<bool, String> {
    let (line_file, report_file) = files(&options.output, &id(member));
    let what = WhatOptions { rev: Some(member.revision.clone()), ..options.what.clone() };
    let written = |file: &Path, text: &str| {
        // Whole or not at all: another run may be cut off here.
        let part = file.with_extension("part");
        std::fs::write(&part, text)
            .and_then(|()| std::fs::rename(&part, file))
            .map_err(|error| error.to_string())
    };
    let opened = what.open(Path::new(&member.path), options.as_of).and_then(|audit| {
        let commit = audit.commit(&audit.repository()?)?.map(|commit| commit.to_string());
        Ok((audit, commit))
    });
    let (audit, commit) = match opened {
        Ok(opened) => opened,
        Err(error) => {
            // A report of before would pass for one of now.
            let _ = std::fs::remove_file(&report_file);
            let line = failed(member, &error.to_string());
            return written(&line_file, &format!("{line}\n")).map(|()| true);
        }
    };
    let key = json!({
        "tool": env!("CARGO_PKG_VERSION"),
        "commit": commit,
        "policies": audit.policy_digest().to_string(),
        "only": what.only,
        "trust_root": what.signing.trust_root.map(|root| root.to_string()),
        "trust_ref": what.signing.trust_ref,
        "as_of": options.as_of.map(|instant| instant.to_string()),
        "day": options.as_of.is_none().then(|| audit.day().to_string()),
        "fail_on": options.fail_on.as_str(),
        "strict": options.strict,
    });
    if is_known(&line_file, &report_file, &key) {
        return Ok(false);
    }
    let report = match audit.run(&AtomicBool::new(false), &mut |_| {}) {
        Ok(report) => report,
        Err(error) => {
            let _ = std::fs::remove_file(&report_file);
            let line = failed(member, &error.to_string());
            return written(&line_file, &format!("{line}\n")).map(|()| true);
        }
    };
    let text = report::json(&report, &[]);
    written(&report_file, &text)?;
    let line = line(member, &report, &key, &text, options);
    written(&line_file, &format!("{line}\n"))?;
    Ok(true)
}

fn is_known(line: &Path, report: &Path, key: &Value) -> bool {
    let (Ok(line), Ok(report)) = (std::fs::read_to_string(line), std::fs::read(report)) else { return false };
    let Ok(line) = serde_json::from_str::<Value>(&line) else { return false };
    *field(&line, "key") == *key && *field(field(&line, "report"), "sha256") == Digest::of(&report).hex()
}

fn line(member: &Member, report: &Report, key: &Value, text: &str, options: &FleetRunOptions) -> Value {
    let open = |severity| report.open_by_severity(severity);
    let strictly = options.strict && !(report.inconclusive.is_empty() && report.not_rendered.is_empty());
    let code = if report.open().any(|finding| finding.severity >= options.fail_on) {
        exit::FINDINGS
    } else if strictly || !report::gaps(report).is_empty() {
        exit::INCOMPLETE
    } else {
        exit::CLEAN
    };
    json!({
        "schema": SCHEMA,
        "repository": member.path,
        "revision": member.revision,
        "commit": field(key, "commit"),
        "exit": code,
        "error": null,
        "open": {
            "critical": open(Severity::Critical),
            "high": open(Severity::High),
            "medium": open(Severity::Medium),
            "low": open(Severity::Low),
        },
        "waived": report.waived(),
        "review": report.review.len(),
        "inconclusive": report.inconclusive.len(),
        "unparsed": report.unparsed.len(),
        "not_rendered": report.not_rendered.len(),
        "not_evaluated": report.not_evaluated.len(),
        "report": {"file": format!("reports/{}.json", id(member)), "sha256": Digest::of(text.as_bytes()).hex()},
        "key": key,
    })
}

/// What could not be audited is a line like any other: nobody should take it for clean.
fn failed(member: &Member, why: &str) -> Value {
    json!({
        "schema": SCHEMA,
        "repository": member.path,
        "revision": member.revision,
        "commit": null,
        "exit": exit::USAGE,
        "error": why,
    })
}

/// The register of these repositories and their findings, out of what lies in the folder.
fn register(folder: &Path, ids: &BTreeSet<String>) -> Result<u8, Failure> {
    let mut lines = BTreeSet::new();
    let mut findings = BTreeSet::new();
    let mut codes = BTreeSet::new();
    for id in ids {
        let (line_file, report_file) = files(folder, id);
        let text = std::fs::read_to_string(&line_file)?;
        let line: Value = serde_json::from_str(&text).map_err(|error| told(&line_file, error))?;
        codes.insert(field(&line, "exit").as_u64().unwrap_or(u64::from(exit::INTERNAL)));
        if field(&line, "error").is_null() {
            let report = std::fs::read_to_string(&report_file)?;
            let report: Value = serde_json::from_str(&report).map_err(|error| told(&report_file, error))?;
            for part in ["findings", "review", "inconclusive"] {
                for finding in field(&report, part).as_array().into_iter().flatten() {
                    let mut finding = finding.clone();
                    if let Some(finding) = finding.as_object_mut() {
                        finding.insert("list".to_owned(), part.into());
                        finding.insert("repository".to_owned(), field(&line, "repository").clone());
                        finding.insert("commit".to_owned(), field(&line, "commit").clone());
                    }
                    findings.insert(finding.to_string());
                }
            }
        }
        lines.insert(text.trim_end().to_owned());
    }
    write_lines(&folder.join("register.jsonl"), &lines)?;
    write_lines(&folder.join("findings.jsonl"), &findings)?;
    let has = |code: u8| codes.contains(&u64::from(code));
    Ok(if has(exit::FINDINGS) {
        exit::FINDINGS
    } else if codes.iter().any(|code| *code != u64::from(exit::CLEAN)) {
        exit::INCOMPLETE
    } else {
        exit::CLEAN
    })
}

/// Lines of several files as one set: in whichever order and groups they are merged, the result is the same.
fn merge(options: &FleetMergeOptions) -> Result<u8, Failure> {
    let mut lines = BTreeSet::new();
    for file in &options.files {
        let text = std::fs::read_to_string(file)
            .map_err(|error| Failure::Usage(format!("{}: {error}", file.display())))?;
        for (line, number) in text.lines().zip(1..) {
            serde_json::from_str::<serde::de::IgnoredAny>(line)
                .map_err(|error| Failure::Usage(format!("{}:{number}: {error}", file.display())))?;
            lines.insert(line.to_owned());
        }
    }
    if let Some(file) = &options.output {
        write_lines(file, &lines)?;
    } else {
        let mut out = std::io::stdout().lock();
        for line in &lines {
            writeln!(out, "{line}")?;
        }
    }
    Ok(exit::CLEAN)
}

fn write_lines(file: &Path, lines: &BTreeSet<String>) -> Result<(), Failure> {
    let text = lines.iter().fold(String::new(), |text, line| text + line + "\n");
    std::fs::write(file, text)
        .map_err(|error| Failure::Usage(format!("cannot write {}: {error}", file.display())))
}

/// Names a repository and revision in files: letters that say little, and a digest that says all.
fn id(member: &Member) -> String {
    let last = member.path.trim_end_matches('/').rsplit('/').next().unwrap_or_default();
    let plain: String =
        last.chars().filter(|c| c.is_ascii_alphanumeric() || "-_".contains(*c)).take(40).collect();
    let digest = Digest::of(format!("{}\0{}", member.path, member.revision).as_bytes()).hex();
    format!("{plain}-{}", digest.get(..16).unwrap_or(&digest))
}

fn files(folder: &Path, id: &str) -> (PathBuf, PathBuf) {
    (folder.join("lines").join(format!("{id}.json")), folder.join("reports").join(format!("{id}.json")))
}

fn read_list(list: &Path) -> Result<String, Failure> {
    let failed = |why: String| Failure::Usage(format!("{}: {why}", list.display()));
    let mut text = String::new();
    let read = if list == Path::new("-") {
        std::io::stdin().lock().take(MOST).read_to_string(&mut text)
    } else {
        std::fs::File::open(list).and_then(|file| file.take(MOST).read_to_string(&mut text))
    };
    read.map_err(|error| failed(error.to_string()))?;
    if text.len() as u64 >= MOST {
        return Err(failed(format!("more than {MOST} bytes are no list")));
    }
    Ok(text)
}

/// A field of an object, or null.
fn field<'v>(value: &'v Value, name: &str) -> &'v Value {
    value.get(name).unwrap_or(&Value::Null)
}

fn told(file: &Path, error: impl std::fmt::Display) -> Failure {
    Failure::Internal(format!("{}: {error}", file.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_has_paths_and_revisions() {
        let read = members("# all\n/srv/a\n\n /srv/b c \tv1.2\r\n/srv/d\t\n", "HEAD");
        let said: Vec<_> =
            read.iter().map(|member| (member.path.as_str(), member.revision.as_str())).collect();
        assert_eq!(said, [("/srv/a", "HEAD"), ("/srv/b c", "v1.2"), ("/srv/d", "HEAD")]);
        let odd = Member { path: "/srv/../../etc/x y".to_owned(), revision: "HEAD".to_owned() };
        assert!(id(&odd).starts_with("xy-") && !id(&odd).contains('/'));
    }
}
