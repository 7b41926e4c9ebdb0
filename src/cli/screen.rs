//! `probity` and `probity demo`: the screen over the engine.

use std::collections::HashMap;
use std::io::{IsTerminal as _, Write as _};
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex, PoisonError};

use super::args::{DemoOptions, OpenOptions, SigningOptions, WhatOptions};
use super::failure::Failure;
use super::{demo as harbor, editor, errand, exit, sitting};
use crate::audit::history::{Progress, Scope};
use crate::audit::{self, Audit};
use crate::model::{
    Baseline, CommitInfo, DiffLine, Finding, Fingerprint, Flip, Lifecycle, Origin, Report, Web,
};
use crate::report;
use crate::text::SafeText;
use crate::theme;
use crate::tui::{
    Act, AuditEvent, Backend, Errand, EvidenceRequest, PastView, RunOptions, SourceView, Triage, WaiverForm,
    WaiverPreview, WaiverReceipt,
};
use crate::waiver::{self, Environment, Preview};

/// The past is walked once, and over all parents.
const SCOPE: Scope = Scope { first_parent: false };

pub fn run(options: &OpenOptions) -> Result<u8, Failure> {
    let triage = options.reviews.as_deref().map(sitting::hand_over).transpose().map_err(Failure::Usage)?;
    open(&options.audit.path, &options.audit.what, options.theme.as_deref(), triage)
}

/// The keys as they are in use.
pub fn keys() -> Result<u8, Failure> {
    let keys = crate::tui::keys_table(&super::user::keymap()?);
    std::io::stdout().lock().write_all(keys.as_bytes())?;
    Ok(exit::CLEAN)
}

/// Builds the demo and opens it; without a terminal prints the audit's summary and how to open it.
pub fn demo(options: &DemoOptions) -> Result<u8, Failure> {
    let built = harbor::build(&options.into, &Environment::from_process())
        .map_err(|error| Failure::Usage(error.to_string()))?;
    let what = WhatOptions {
        rev: None,
        policies: Vec::new(),
        data: Vec::new(),
        only: Vec::new(),
        trust_repository_policies: false,
        no_cache: false,
        reference: None,
        signing: SigningOptions::default(),
    };
    if std::io::stdout().is_terminal() && std::io::stdin().is_terminal() {
        return open(&built.path, &what, options.theme.as_deref(), None);
    }
    let audit = what.open(&built.path, None)?;
    let report = audit.run(&AtomicBool::new(false), &mut |_| {})?;
    let text = report::text(&report, &[], report::Page::default());
    println!("{}", text.lines().last().unwrap_or_default());
    println!("open it in a terminal: probity {}", SafeText::new(&options.into.display().to_string()));
    Ok(exit::CLEAN)
}

fn open(path: &Path, what: &WhatOptions, theme: Option<&str>, triage: Option<Triage>) -> Result<u8, Failure> {
    let audit = what.open(path, None)?;
    let environment = theme::Environment::read();
    let name = super::theme::chosen(theme, &environment)?;
    let theme = super::theme::named(&name)?;
    let repository = audit.repository()?;
    let root = repository.work_dir().map_or_else(|| repository.common_dir(), Path::to_path_buf);
    // Without an address there are no links.
    let settings = repository.settings(&audit.waiver_options().environment).ok();
    let web = settings.as_ref().and_then(|settings| {
        Web::of(settings.get("remote.origin.url").or_else(|| settings.remote_urls().next())?)
    });
    let name = root.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let audit = Arc::new(audit);
    let screen = Screen {
        path: path.to_path_buf(),
        name: name.clone(),
        what: what.clone(),
        opened: audit.clone(),
        shown: Mutex::new(audit),
        previews: Mutex::new(HashMap::new()),
    };
    let ascii = super::user::Config::read()?.ascii();
    let themes = super::theme::all(environment.depth());
    let themes = themes.into_iter().map(|(name, theme)| (name, theme.with_ascii(ascii))).collect();
    let options = RunOptions {
        theme: theme.with_depth(environment.depth()).with_ascii(ascii),
        keymap: super::user::keymap()?,
        themes,
        name,
        web,
        triage,
        repository: None,
    };
    let summary = crate::tui::run(Arc::new(screen), options)?;
    // The terminal may be gone.
    let _ = writeln!(std::io::stdout(), "{}", summary.last_line());
    // As a shell says it of a program that a signal ended.
    let signal = summary.signal.and_then(|signal| u8::try_from(128 + signal).ok());
    Ok(signal.unwrap_or(exit::CLEAN))
}

/// What tells forms apart.
type ErrandKey = (Act, Option<String>, Option<Fingerprint>, usize);

/// The engine, as the screen sees it.
struct Screen {
    path: PathBuf,
    /// The repository's name.
    name: String,
    what: WhatOptions,
    opened: Arc<Audit>,
    /// What was opened, or another commit of it.
    shown: Mutex<Arc<Audit>>,
    /// What each form showed last: exactly that is signed.
    previews: Mutex<HashMap<ErrandKey, Vec<Preview>>>,
}

impl Screen {
    fn audit(&self) -> Arc<Audit> {
        self.shown.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Shows a commit from now on, or what was opened.
    fn show(&self, revision: Option<&str>) -> Result<Arc<Audit>, String> {
        let audit = match revision {
            Some(revision) => {
                let what = WhatOptions { rev: Some(revision.to_owned()), ..self.what.clone() };
                Arc::new(what.open(&self.path, None).map_err(text)?)
            }
            None => self.opened.clone(),
        };
        *self.shown.lock().unwrap_or_else(PoisonError::into_inner) = audit.clone();
        Ok(audit)
    }
}

fn text(error: impl std::fmt::Display) -> String {
    error.to_string()
}

impl Backend for Screen {
    fn audit(
        &self,
        revision: Option<&str>,
        cancel: &AtomicBool,
        on: &mut dyn FnMut(AuditEvent),
    ) -> Result<Report, String> {
        let report = self.show(revision)?.run(cancel, &mut |event| {
            on(match event {
                audit::Event::Started { repository, policy_count } => {
                    AuditEvent::Started { repository: repository.clone(), policy_count }
                }
                audit::Event::Reading { done, total } => {
                    AuditEvent::Progress { done, total, what: "reading files".to_owned() }
                }
                audit::Event::Findings(findings) => AuditEvent::Findings(findings.to_vec()),
            });
        });
        report.map_err(text)
    }

    fn source(&self, finding: &Finding) -> Result<SourceView, String> {
        let audit = self.audit();
        let bytes = audit.source(&finding.location).map_err(text)?;
        let revision = audit.revision().map_or_else(|| "work tree".to_owned(), |rev| format!("at {rev}"));
        Ok(SourceView { bytes: bytes.into(), revision })
    }

    fn policy_text(&self, finding: &Finding) -> Result<String, String> {
        Ok(self.audit().policy(finding).map_err(text)?.text.to_string())
    }

    fn trace(&self, finding: &Finding, cancel: &AtomicBool) -> Result<Origin, String> {
        self.audit().trace(finding, false, cancel).map_err(text)
    }

    fn origins(
        &self,
        findings: &[&Finding],
        cancel: &AtomicBool,
        on: &mut dyn FnMut(usize, Option<CommitInfo>),
    ) -> Result<(), String> {
        self.audit().origins(findings, SCOPE, cancel, on).map_err(text)
    }

    fn life(&self, finding: &Finding, cancel: &AtomicBool) -> Result<Option<Lifecycle>, String> {
        self.audit().life(finding, SCOPE, cancel).map_err(text)
    }

    fn flip(&self, finding: &Finding, moved: &[String], commit: &str) -> Result<Flip, String> {
        self.audit().flip(finding, moved, commit).map_err(text)
    }

    fn history(&self, cancel: &AtomicBool, on: &mut dyn FnMut(usize, usize)) -> Result<PastView, String> {
        let mut progress = |progress: Progress| on(progress.done, progress.total);
        let history = self.opened.history(SCOPE, cancel, &mut progress).map_err(text)?;
        Ok(PastView {
            lines: history.posture(),
            lives: history.lives().collect(),
            notes: history.notes.clone(),
            now: self.now(),
        })
    }

    fn change(&self, commit: &str) -> Result<Vec<DiffLine>, String> {
        self.opened.change(commit).map_err(text)
    }

    fn compare(&self, commit: &str, cancel: &AtomicBool) -> Result<Baseline, String> {
        let audit = self.what.open(&self.path, None).and_then(|audit| Ok(audit.with_base(commit)?));
        let audit = audit.map_err(text)?;
        let report = audit.run(cancel, &mut |_| {}).map_err(text)?;
        audit.compare(&report, cancel).map_err(text)?.ok_or_else(|| "nothing to compare with".to_owned())
    }

    fn now(&self) -> i64 {
        self.audit().now().seconds()
    }

    fn waiver_draft(&self, errand: &Errand, template: Option<&str>) -> Result<WaiverForm, String> {
        errand::form(&self.audit(), errand, template)
    }

    fn waiver_preview(&self, errand: &Errand, form: &WaiverForm) -> Result<WaiverPreview, String> {
        let made = errand::preview(&self.audit(), errand, form)?;
        let preview = made.first().ok_or("nothing was chosen")?;
        let commit = if preview.will_sign_commit { "signed commit" } else { "unsigned commit" };
        let mut notes: Vec<String> = Vec::new();
        for warning in made.iter().flat_map(|preview| &preview.warnings) {
            if !notes.contains(warning) {
                notes.push(warning.clone());
            }
        }
        if !preview.hooks_skipped.is_empty() {
            notes.push(format!("hooks that will not run: {}", preview.hooks_skipped.join(", ")));
        }
        let shown = WaiverPreview {
            record: preview.payload.clone(),
            path: preview.record_path.clone(),
            more: made.len() - 1,
            branch: preview.branch.clone(),
            signer: format!("{} with {}, {commit}", preview.principal, preview.key_fingerprint),
            notes,
        };
        let mut previews = self.previews.lock().unwrap_or_else(PoisonError::into_inner);
        previews.insert(key(errand), made);
        Ok(shown)
    }

    fn waiver_commit(&self, errand: &Errand, _: &WaiverForm) -> Result<WaiverReceipt, String> {
        let previews = self.previews.lock().unwrap_or_else(PoisonError::into_inner);
        let made = previews.get(&key(errand)).ok_or("nothing was shown to be signed yet")?;
        let audit = self.audit();
        let repository = audit.repository().map_err(text)?;
        let receipts = waiver::commit_records(&repository, made, audit.waiver_options()).map_err(text)?;
        let ids = receipts.iter().map(|receipt| receipt.waiver_id.clone()).collect();
        let receipt = receipts.into_iter().next().ok_or("nothing was chosen")?;
        Ok(WaiverReceipt { ids, commit: receipt.commit, path: receipt.record_path, branch: receipt.branch })
    }

    fn stamp(&self) -> Result<u64, String> {
        self.opened.stamp().map_err(text)
    }

    fn load_sitting(&self) -> Result<Option<String>, String> {
        sitting::load(&self.opened)
    }

    fn save_sitting(&self, text: &str) -> Result<(), String> {
        sitting::save(&self.opened, text)
    }

    fn export(&self, request: &EvidenceRequest) -> Result<String, String> {
        sitting::export(&self.audit(), &self.name, request)
    }

    fn edit_text(&self, text: &str) -> Result<String, String> {
        editor::edit(text, &["Lines with # are left out, the rest becomes one line.".to_owned()])
            .map_err(self::text)
    }

    fn browse(&self, link: &str) -> Result<(), String> {
        editor::browse(link).map_err(text)
    }

    fn edit_file(&self, finding: &Finding) -> Result<(), String> {
        let audit = self.audit();
        let repository = audit.repository().map_err(text)?;
        let root = repository.work_dir().filter(|_| audit.revision().is_none());
        let root = root.ok_or("a commit is audited, not files in a work tree")?;
        let file = root.join(&finding.location.path);
        if !file.symlink_metadata().is_ok_and(|metadata| metadata.is_file()) {
            return Err(format!("{} is no regular file any more", finding.location.path));
        }
        editor::open(&file, finding.location.start.line).map_err(text)
    }
}

fn key(errand: &Errand) -> ErrandKey {
    let first = errand.finding.as_ref().map(|finding| finding.fingerprint);
    (errand.act, errand.waiver.clone(), first, errand.others.len())
}
