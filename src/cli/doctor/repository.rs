//! The repository, what is kept about it, who would sign, and what an audit may use.

use std::path::Path;

use super::{Lines, here};
use crate::audit::Audit;
use crate::cli::args::DoctorOptions;
use crate::git::Repository;
use crate::policy::{POLICY_MEMORY, POLICY_TIME};
use crate::source::MAX_FILE_BYTES;
use crate::waiver::{Options, Pin, Register, SigningSetup};

/// So many mistakes are told one by one.
const MOST: usize = 20;
/// So many files of a folder are counted.
const MOST_FILES: usize = 200_000;

pub fn look(lines: &mut Lines, options: &DoctorOptions) {
    lines.area("repository");
    let audit = match options.read.open_with(&options.signing) {
        Ok(audit) => audit,
        Err(failure) => {
            lines.problem("audit", failure.to_string(), "name a folder in a git repository");
            return;
        }
    };
    let repository = match audit.repository() {
        Ok(repository) => repository,
        Err(error) => {
            lines.problem("audit", error.to_string(), "name a folder in a git repository");
            return;
        }
    };
    state(lines, &audit, &repository);
    let settings = audit.waiver_options();
    lines.area("trust");
    trust(lines, &audit, &repository, settings);
    lines.area("signing");
    signing(lines, &repository, settings);
    lines.area("folders");
    folders(lines, &repository, settings);
    lines.area("policies");
    lines.ok("built in", format!("{} policies, digest {}", audit.policies().len(), audit.policy_digest()));
}

/// What would be audited, and whether its declarations can be used.
fn state(lines: &mut Lines, audit: &Audit, repository: &Repository) {
    let place = repository.work_dir().map_or_else(|| repository.common_dir(), Path::to_path_buf);
    lines.ok("folder", place.display().to_string());
    let declared = match audit.declared() {
        Ok(declared) => declared,
        Err(error) => return lines.problem("files", error.to_string(), ""),
    };
    let info = &declared.repository;
    let head = info.head.as_deref().unwrap_or("no commit yet");
    lines.ok("head", format!("{head} on {}", info.branch.as_deref().unwrap_or("no branch")));
    match &info.revision {
        Some(revision) => lines.ok("audited", format!("the commit {revision}")),
        None if info.dirty => lines.ok("audited", "the work tree, which differs from HEAD"),
        None => lines.ok("audited", "the work tree, which is HEAD's"),
    }
    if repository.is_shallow() {
        lines.note(
            "history",
            "this clone is shallow: traces end where its history does",
            "git fetch --unshallow",
        );
    }
    for note in repository.grafts_note().into_iter().chain(repository.alternates_note()) {
        lines.note("history", note, "");
    }
    if declared.files.is_empty() {
        lines.note(
            "declarations",
            "nothing in .probity/",
            "see docs/policy-input.md for what can be declared",
        );
    } else if declared.mistakes.is_empty() {
        lines.ok("declarations", declared.files.join(", "));
    }
    for mistake in declared.mistakes.iter().take(MOST) {
        let line = mistake.line.map(|line| format!(":{line}")).unwrap_or_default();
        lines.problem("declarations", format!("{}{line}: {}", mistake.path, mistake.reason), "");
    }
    if let Some(more @ 1..) = declared.mistakes.len().checked_sub(MOST) {
        lines.problem("declarations", format!("{more} more mistakes"), "probity inventory lists them all");
    }
}

fn trust(lines: &mut Lines, audit: &Audit, repository: &Repository, options: &Options) {
    let commit = match audit.commit(repository) {
        Ok(commit) => commit,
        Err(error) => return lines.problem("records", error.to_string(), ""),
    };
    let register = match Register::read(repository, commit, options, audit.now()) {
        Ok(register) => register,
        Err(error) => return lines.problem("records", error.to_string(), ""),
    };
    match (Pin::find(repository, options), register.trust.id) {
        (Err(error), _) => lines.problem("root", error.to_string(), ""),
        (Ok(Pin::Conflict(one, other)), _) => lines.problem(
            "root",
            format!("remembered as {one} by its path and as {other} by a remote"),
            "ask who signs here which one is right, then `probity trust forget` and `probity trust show`",
        ),
        (Ok(Pin::Id(id)), Some(found)) if id == found => lines.ok("root", format!("pinned: {id}")),
        (Ok(Pin::Id(id)), Some(found)) => lines.problem(
            "root",
            format!("pinned is {id}, the repository has {found}"),
            "somebody replaced the trust data, or this is another repository: docs/trust.md",
        ),
        (Ok(Pin::Id(id)), None) => {
            lines.problem(
                "root",
                format!("pinned is {id}, the repository has no trust data"),
                "docs/trust.md",
            );
        }
        (Ok(Pin::None), Some(found)) => lines.note(
            "root",
            format!("not pinned, so no waiver counts; the repository has {found}"),
            "`probity trust show` offers to remember it",
        ),
        (Ok(Pin::None), None) => {
            lines.note(
                "root",
                "no trust data here, so there are no waivers",
                "`probity trust init` starts it",
            );
        }
    }
    let (records, invalid) = (register.entries.len(), register.invalid.len());
    if invalid == 0 {
        lines.ok("records", format!("{records} signed records"));
    }
    for record in register.invalid.iter().take(MOST) {
        lines.problem("records", format!("{}: {}", record.path, record.cause), "`probity waiver verify`");
    }
    let clock = register.trust.clock.iter().map(|why| (why, "set the clock"));
    for (why, next) in clock.chain(register.trust.error.iter().map(|why| (why, ""))) {
        if register.trust.id.is_some() && register.trust.pin.is_some() {
            lines.problem("trust data", why.clone(), next);
        }
    }
}

fn signing(lines: &mut Lines, repository: &Repository, options: &Options) {
    let setup = match SigningSetup::of(repository, options) {
        Ok(setup) => setup,
        Err(error) => return lines.problem("settings", error.to_string(), ""),
    };
    let shown = |value: &Option<String>| value.clone().unwrap_or_else(|| "not set".to_owned());
    lines.ok("user.signingkey", shown(&setup.signing_key));
    lines.ok("gpg.format", shown(&setup.format));
    match &setup.key {
        Ok((kind, fingerprint)) => {
            lines.ok("key", format!("{kind} {fingerprint}, its public half can be read"));
        }
        Err(error) if setup.signing_key.is_none() && options.signing_key.is_none() => {
            lines.note("key", error.to_string(), "only who waives or approves needs one");
        }
        Err(error) => lines.problem("key", error.to_string(), "only who waives or approves needs one"),
    }
    match here::found(&setup.program) {
        Some(path) => lines.ok("program", path.display().to_string()),
        None => lines.note(
            "program",
            format!("{} is not found", setup.program),
            "install OpenSSH's client to sign; checking signatures needs no program",
        ),
    }
    match options.environment.get("SSH_AUTH_SOCK") {
        Some(socket) if Path::new(socket).exists() => lines.ok("ssh-agent", socket.to_owned()),
        Some(socket) => {
            lines.note("ssh-agent", format!("{socket} is gone"), "start it again, or unset SSH_AUTH_SOCK");
        }
        None => lines.note("ssh-agent", "none", "a key with a passphrase needs one"),
    }
    let commits = if setup.ssh_commits { "signed with SSH too" } else { "as git is set up" };
    lines.ok("commits", commits);
    for warning in setup.warnings {
        lines.note("settings", warning, "");
    }
}

fn folders(lines: &mut Lines, repository: &Repository, options: &Options) {
    let environment = &options.environment;
    for (what, folder, next) in [
        (
            "cache",
            repository.cache_folder(environment, ""),
            "set HOME or XDG_CACHE_HOME: nothing is kept between runs",
        ),
        (
            "state",
            repository.state_folder(environment, ""),
            "set HOME or XDG_STATE_HOME: no trust id can be remembered",
        ),
        (
            "data",
            repository.data_folder(environment, ""),
            "set HOME or XDG_DATA_HOME: no evidence can be exported",
        ),
    ] {
        match folder {
            None => lines.note(what, "no folder that is yours alone and outside of the repository", next),
            Some(folder) => {
                let (files, bytes) = size(&folder);
                let place = folder.display().to_string();
                lines.ok(
                    what,
                    format!("{}: {files} files, {} KiB", place.trim_end_matches('/'), bytes.div_ceil(1024)),
                );
            }
        }
    }
}

/// Files and bytes below a folder; links are not followed.
fn size(folder: &Path) -> (usize, u64) {
    let (mut files, mut bytes) = (0, 0);
    let mut folders = vec![folder.to_path_buf()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
            match entry.metadata() {
                Ok(metadata) if metadata.is_dir() => folders.push(entry.path()),
                Ok(metadata) if files < MOST_FILES => {
                    files += 1;
                    bytes += metadata.len();
                }
                _ => {}
            }
        }
    }
    (files, bytes)
}

pub fn limits(lines: &mut Lines) {
    lines.area("limits");
    lines.ok("a file", format!("{} MiB", MAX_FILE_BYTES >> 20));
    lines.ok(
        "a policy",
        format!("{} s for an evaluation, {} MiB of memory", POLICY_TIME.as_secs(), POLICY_MEMORY >> 20),
    );
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    lines.ok("threads", cores.to_string());
}
