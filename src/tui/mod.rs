//! The interactive screen.
//!
//! ```text
//! keys ────────┐
//! workers ─────┼─> one channel of Msg ─> update(&mut State, Msg) ─> Vec<Effect> ─> workers, terminal
//! ticks, signals                                   │
//!                                        view(&State) ─> cells
//! ```
//! `update` and `view` are pure: a session is a list of messages and can be replayed in a test. Only
//! [`run`] and its workers touch the engine, and only through [`Backend`].

mod backend;
mod command;
mod desk;
mod effect;
mod form;
mod fuzzy;
mod input;
mod keymap;
mod layout;
mod listing;
mod loaded;
mod msg;
mod past;
mod query;
mod sitting;
mod state;
mod store;
mod terminal;
mod update;
mod view;
mod worker;

use std::io;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::{Duration, Instant};

use ratatui::Terminal;
use ratatui::backend::CrosstermBackend;

pub use backend::{
    Act, AuditEvent, Backend, Errand, EvidenceLine, EvidenceRequest, Field, FormField, PastView, SourceView,
    WaiverForm, WaiverPreview, WaiverReceipt,
};
pub use effect::{Effect, Job, Loan};
pub use keymap::{Keymap, page as keys_page, table as keys_table};
pub use loaded::{PreviewText, Source, Summary, Trace};
pub use msg::{JobEvent, JobId, Msg};
pub use sitting::{TRIAGE, Triage};
pub use state::{Screen, State};
pub use store::Store;
pub use update::{start, update};
pub use view::view;

use crate::text::SafeText;
use crate::theme::Theme;

/// At most one frame in this time, except after a key.
const FRAME: Duration = Duration::from_millis(16);

/// How often time passes while something runs. Idle, nothing wakes up.
const TICK: Duration = Duration::from_millis(120);

/// What the screen is told before it starts.
#[derive(Debug, Clone)]
pub struct RunOptions {
    pub theme: Theme,
    pub keymap: Keymap,
    /// All themes by name, for trying on.
    pub themes: Vec<(String, Theme)>,
    /// The repository's name, for the header.
    pub name: String,
    /// Where the repository can be looked at in a browser.
    pub web: Option<crate::model::Web>,
    /// Reviews and notes of a colleague that are to be added.
    pub triage: Option<Triage>,
    /// What is audited, where it is known before the audit says so.
    pub repository: Option<crate::model::RepositoryInfo>,
}

/// What happened, for the last line.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ExitSummary {
    pub open: usize,
    pub waived: usize,
    /// The audit ran to its end.
    pub complete: bool,
    /// What was committed, and of which waiver.
    pub committed: Vec<(Act, SafeText)>,
    pub drafts: usize,
    /// Findings that are reviewed, of how many.
    pub reviewed: (usize, usize),
    /// A signal ended the session: the exit code is 128 and its number.
    pub signal: Option<i32>,
}

impl ExitSummary {
    pub fn of(state: &State) -> Self {
        Self {
            open: state.store.open(),
            waived: state.store.waived(),
            complete: state.audit.complete,
            committed: state.committed.clone(),
            drafts: state.drafts.len() + usize::from(state.form.is_some()),
            reviewed: (
                state.store.iter().filter(|row| state.desk.is_reviewed(*row)).count(),
                state.store.len(),
            ),
            signal: state.signal,
        }
    }

    /// `probity: 14 open findings seen, 1 waiver committed (wv-...)`
    pub fn last_line(&self) -> String {
        use std::fmt::Write as _;
        let mut line =
            format!("probity: {} seen", update::plural(self.open, "open finding", "open findings"));
        if !self.complete {
            line.push_str(" (the audit did not finish)");
        }
        if let (reviewed @ 1.., all) = self.reviewed {
            let _ = write!(line, ", {reviewed} of {all} reviewed");
        }
        let new = |act: Act| matches!(act, Act::Waive | Act::Renew);
        let ids: Vec<_> =
            self.committed.iter().filter(|(act, _)| new(*act)).map(|(_, id)| id.as_str()).collect();
        if !ids.is_empty() {
            let count = update::plural(ids.len(), "waiver", "waivers");
            let _ = write!(line, ", {count} committed ({})", ids.join(", "));
        }
        for (act, id) in self.committed.iter().filter(|(act, _)| !new(*act)) {
            let _ = write!(line, ", {} {}", id.as_str(), act.done());
        }
        if self.drafts > 0 {
            let _ = write!(line, ", {} kept", update::plural(self.drafts, "draft", "drafts"));
        }
        line
    }
}

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("the screen needs a terminal on standard input and output; `probity check` does without")]
    NoTerminal,
    #[error("the terminal failed: {0}")]
    Terminal(#[from] io::Error),
}

/// Opens the screen and stays until the user leaves.
pub fn run(backend: Arc<dyn Backend>, options: RunOptions) -> Result<ExitSummary, Error> {
    use std::io::IsTerminal as _;
    if !io::stdin().is_terminal() || !io::stdout().is_terminal() {
        return Err(Error::NoTerminal);
    }
    // The mono theme has only modifiers, and crossterm would print its resets as full ones.
    crossterm::style::force_color_output(true);
    let size = crossterm::terminal::size()?;
    let mut state = State::new(options.theme, &options.name, size);
    state.keymap = Arc::new(options.keymap);
    state.themes = Arc::new(options.themes);
    state.web = options.web;
    state.handed_over = options.triage;
    if let Some(repository) = &options.repository {
        state.context.set(repository, None);
    }
    terminal::install_panic_hook();
    let (sender, messages) = channel();
    let guard = terminal::Guard::enter()?;
    terminal::watch_signals(sender.clone())?;
    let grant = terminal::read_events(sender.clone())?;
    let workers = worker::Workers::new(Arc::clone(&backend), sender.clone());
    let screen = Terminal::new(CrosstermBackend::new(io::BufWriter::new(io::stdout())))?;
    let mut session = Session { state, screen, guard, workers, backend, sender };
    let result = session.run(&messages, &grant);
    session.let_save(&messages);
    session.workers.cancel_all();
    if session.state.may_save {
        // What was said already is kept; why this is not would be told after the screen is gone.
        let _ = session.backend.save_sitting(&sitting::Sitting::of(&session.state).json());
    }
    let summary = ExitSummary::of(&session.state);
    drop(session);
    // The hook is of no more use: the terminal is ours no longer.
    drop(std::panic::take_hook());
    result.map(|()| summary)
}

struct Session {
    state: State,
    screen: Terminal<CrosstermBackend<io::BufWriter<io::Stdout>>>,
    guard: terminal::Guard,
    workers: worker::Workers,
    backend: Arc<dyn Backend>,
    sender: Sender<Msg>,
}

/// How long the end waits for a sitting that is being written.
const PATIENCE: Duration = Duration::from_secs(2);

impl Session {
    /// A writing that goes on would end after the last one, with older words, or leave half a file behind.
    fn let_save(&self, messages: &Receiver<Msg>) {
        let until = Instant::now() + PATIENCE;
        while let Some(id) = self.state.save_job {
            match messages.recv_timeout(until.saturating_duration_since(Instant::now())) {
                Ok(Msg::Job(done, JobEvent::Saved | JobEvent::Failed(_))) if done == id => return,
                Ok(_) => {}
                Err(_) => return,
            }
        }
    }

    fn run(&mut self, messages: &Receiver<Msg>, grant: &Sender<()>) -> Result<(), Error> {
        let started = Instant::now();
        // The first frame is drawn before anything is read.
        self.draw()?;
        let mut drawn = Instant::now();
        let effects = start(&mut self.state);
        self.perform(effects)?;
        let mut dirty = true;
        loop {
            let wait = if dirty {
                Some(FRAME.saturating_sub(drawn.elapsed()))
            } else {
                self.state.busy().then_some(TICK)
            };
            let received = match wait {
                Some(wait) => messages.recv_timeout(wait),
                None => messages.recv().map_err(|_| RecvTimeoutError::Disconnected),
            };
            let message = match received {
                Ok(message) => message,
                Err(RecvTimeoutError::Timeout) if dirty => {
                    self.draw()?;
                    (drawn, dirty) = (Instant::now(), false);
                    continue;
                }
                Err(RecvTimeoutError::Timeout) => {
                    let elapsed = started.elapsed().as_millis();
                    Msg::Tick(u64::try_from(elapsed).unwrap_or(u64::MAX))
                }
                Err(RecvTimeoutError::Disconnected) => return Ok(()),
            };
            let typed = matches!(message, Msg::Key(_) | Msg::Paste(_) | Msg::Mouse(..));
            let from_reader = typed || matches!(message, Msg::Resize(..));
            let tick = matches!(message, Msg::Tick(_));
            let effects = update(&mut self.state, message);
            self.perform(effects)?;
            if self.state.quitting {
                return Ok(());
            }
            if typed {
                self.draw()?;
                (drawn, dirty) = (Instant::now(), false);
            } else {
                dirty = dirty || !tick;
            }
            if from_reader && grant.send(()).is_err() {
                return Ok(());
            }
        }
    }

    fn draw(&mut self) -> Result<(), Error> {
        use crossterm::terminal::{BeginSynchronizedUpdate, EndSynchronizedUpdate};
        crossterm::queue!(self.screen.backend_mut(), BeginSynchronizedUpdate)?;
        let state = &self.state;
        self.screen.draw(|frame| view(state, frame.buffer_mut()))?;
        crossterm::execute!(self.screen.backend_mut(), EndSynchronizedUpdate)?;
        Ok(())
    }

    fn perform(&mut self, effects: Vec<Effect>) -> Result<(), Error> {
        for effect in effects {
            match effect {
                Effect::Start(id, job) => self.workers.start(id, job),
                Effect::Cancel(id) => self.workers.cancel(id),
                Effect::Lend(id, loan) => {
                    let backend = Arc::clone(&self.backend);
                    let event = self.guard.lend(|| {
                        if matches!(loan, Loan::Commit(..)) {
                            println_own(
                                "probity: signing; the signing program may ask for a passphrase or a touch",
                            );
                        }
                        worker::on_loan(backend.as_ref(), &loan)
                    })?;
                    self.redraw()?;
                    // Through the channel, so that the state changes by messages only.
                    let _ = self.sender.send(Msg::Job(id, event));
                }
                Effect::Copy(text) => terminal::copy(&text)?,
                Effect::Redraw => self.redraw()?,
                Effect::Mouse(on) => terminal::mouse(on)?,
                Effect::Suspend => {
                    terminal::suspend(&self.guard)?;
                    self.redraw()?;
                }
                Effect::Quit => {}
            }
        }
        Ok(())
    }

    /// Forgets what the terminal shows and takes its size anew.
    fn redraw(&mut self) -> Result<(), Error> {
        let (width, height) = crossterm::terminal::size()?;
        self.state.size = (width, height);
        // Not `Terminal::clear`: it asks the terminal for its cursor, and the answer could be a key.
        self.screen.resize(ratatui::layout::Rect::new(0, 0, width, height))?;
        Ok(())
    }
}

/// A line of our own on the normal screen.
fn println_own(line: &str) {
    use io::Write as _;
    let _ = writeln!(io::stdout(), "{line}");
}

#[cfg(test)]
mod tests;
