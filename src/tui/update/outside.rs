//! What leaves the screen: texts for the clipboard, links for a browser.

use crate::text::SafeText;
use crate::tui::effect::{Effect, Loan};
use crate::tui::state::{Level, Screen, State};

pub(super) fn copy(state: &mut State, effects: &mut Vec<Effect>, what: impl Fn(&State) -> Option<SafeText>) {
    if let Some(text) = what(state) {
        // "Sent", never "copied": nobody answers whether the terminal took it.
        state.say(Level::Ok, SafeText::new("sent to terminal clipboard (OSC 52): ").and(&text));
        effects.push(Effect::Copy(text));
    }
}

pub(super) fn browse(state: &mut State, effects: &mut Vec<Effect>) {
    if let Some(link) = state.link() {
        let id = state.job();
        state.browser = Some(id);
        state.say(Level::Info, SafeText::new("opened ").and(&SafeText::new(&link)));
        effects.push(Effect::Lend(id, Loan::Browser(link)));
    }
}

impl State {
    /// The page of what is looked at: a commit on Trace and History, elsewhere the line of the finding.
    pub fn link(&self) -> Option<String> {
        let web = self.web.as_ref()?;
        if matches!(self.screen, Screen::Trace | Screen::History) {
            return Some(web.commit(self.commit_in_view()?.as_str()));
        }
        let repository = self.summary.repository.as_ref()?;
        let commit = repository.revision.as_ref().or(repository.head.as_ref())?;
        let row = self.focused()?;
        Some(web.file(commit, row.raw_path(), row.line()))
    }
}
