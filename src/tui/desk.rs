//! What a person has done with the findings: marked, reviewed, noted; and how to take it back.
//!
//! All of it is keyed by the finding's identity, so it survives filters, audits and restarts. A review is bound to what
//! was reviewed: when the policy, the evidence or the message changes, the finding is open to review again.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::listing::View;
use super::store::{Row, RowKey, Shelf};
use crate::model::{Digest, Fingerprint};

/// Steps that can be taken back.
const STEPS: usize = 200;

pub type Marked = BTreeSet<RowKey>;
pub type Reviewed = BTreeMap<RowKey, Digest>;
pub type Notes = BTreeMap<RowKey, String>;

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Desk {
    pub marked: Arc<Marked>,
    pub reviewed: Arc<Reviewed>,
    pub notes: Arc<Notes>,
    /// What is to be said of the sitting as a whole.
    pub session_note: Arc<str>,
    pub view: View,
    /// Violations that are new since the commit that is compared with.
    pub new: Option<Arc<BTreeSet<Fingerprint>>>,
    undone: Vec<Step>,
    done: Vec<Step>,
}

/// A part of the desk as it was, and what was done to it.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Step {
    what: &'static str,
    was: Part,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    Marked(Arc<Marked>),
    Reviewed(Arc<Reviewed>),
    Notes(Arc<Notes>, Arc<str>),
    View(View),
    /// Records that were committed; only others can end them.
    Committed(Vec<String>),
}

/// What became of a wish to take something back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Undone {
    Step(&'static str),
    /// Waivers are ended by their revocations.
    Waivers(Vec<String>),
}

impl Desk {
    pub fn is_marked(&self, key: RowKey) -> bool {
        self.marked.contains(&key)
    }

    pub fn is_reviewed(&self, row: Row<'_>) -> bool {
        self.reviewed.get(&row.key()).is_some_and(|content| *content == row.content())
    }

    /// It was reviewed, and is not any more what was reviewed.
    pub fn is_changed(&self, row: Row<'_>) -> bool {
        self.reviewed.get(&row.key()).is_some_and(|content| *content != row.content())
    }

    /// A violation that the baseline does not have.
    pub fn is_new(&self, row: Row<'_>) -> bool {
        let new = self.new.as_ref();
        row.shelf() == Shelf::Fail && new.is_some_and(|new| new.contains(&row.fingerprint()))
    }

    pub fn note(&self, key: RowKey) -> Option<&str> {
        self.notes.get(&key).map(String::as_str)
    }

    /// A desk as the last sitting left it, with nothing to take back.
    pub fn found(reviewed: Reviewed, notes: Notes, session_note: &str, view: View) -> Self {
        let (reviewed, notes) = (Arc::new(reviewed), Arc::new(notes));
        Self { reviewed, notes, session_note: session_note.into(), view, ..Self::default() }
    }

    pub fn mark(&mut self, keys: impl IntoIterator<Item = RowKey>, on: bool) {
        self.keep("mark", Part::Marked(Arc::clone(&self.marked)));
        let marked = Arc::make_mut(&mut self.marked);
        for key in keys {
            if on {
                marked.insert(key);
            } else {
                marked.remove(&key);
            }
        }
    }

    pub fn unmark_all(&mut self) {
        self.keep("unmark", Part::Marked(Arc::clone(&self.marked)));
        self.marked = Arc::default();
    }

    /// Rows with their content, as it was seen.
    pub fn review(&mut self, rows: impl IntoIterator<Item = (RowKey, Digest)>, on: bool) {
        self.keep("review", Part::Reviewed(Arc::clone(&self.reviewed)));
        let reviewed = Arc::make_mut(&mut self.reviewed);
        for (key, content) in rows {
            if on {
                reviewed.insert(key, content);
            } else {
                reviewed.remove(&key);
            }
        }
    }

    /// Writes a note; an empty one takes it away.
    pub fn write(&mut self, key: Option<RowKey>, text: &str) {
        self.keep("note", Part::Notes(Arc::clone(&self.notes), Arc::clone(&self.session_note)));
        let Some(key) = key else {
            self.session_note = text.trim().into();
            return;
        };
        let notes = Arc::make_mut(&mut self.notes);
        if text.trim().is_empty() {
            notes.remove(&key);
        } else {
            notes.insert(key, text.trim().to_owned());
        }
    }

    /// Marks of what was acted on are done with; nothing takes that back.
    pub fn forget_marks(&mut self) {
        self.marked = Arc::default();
    }

    pub fn arrange(&mut self, view: View) {
        if self.view != view {
            self.keep("arrangement", Part::View(self.view));
            self.view = view;
        }
    }

    /// Remembers that records were committed.
    pub fn committed(&mut self, ids: Vec<String>) {
        self.keep("waiver", Part::Committed(ids));
    }

    fn keep(&mut self, what: &'static str, was: Part) {
        self.undone.clear();
        self.done.push(Step { what, was });
        if self.done.len() > STEPS {
            self.done.remove(0);
        }
    }

    /// Takes the last step back; says which.
    pub fn undo(&mut self) -> Option<Undone> {
        let step = self.done.pop()?;
        if let Part::Committed(ids) = step.was {
            return Some(Undone::Waivers(ids));
        }
        let (what, next) = self.swap(step);
        self.undone.push(next);
        Some(Undone::Step(what))
    }

    pub fn redo(&mut self) -> Option<&'static str> {
        let step = self.undone.pop()?;
        let (what, next) = self.swap(step);
        self.done.push(next);
        Some(what)
    }

    fn swap(&mut self, Step { what, was }: Step) -> (&'static str, Step) {
        let now = match was {
            Part::Marked(was) => Part::Marked(std::mem::replace(&mut self.marked, was)),
            Part::Reviewed(was) => Part::Reviewed(std::mem::replace(&mut self.reviewed, was)),
            Part::Notes(was, session) => Part::Notes(
                std::mem::replace(&mut self.notes, was),
                std::mem::replace(&mut self.session_note, session),
            ),
            Part::View(was) => Part::View(std::mem::replace(&mut self.view, was)),
            Part::Committed(ids) => Part::Committed(ids),
        };
        (what, Step { what, was: now })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_step_can_be_taken_back_and_again() {
        let key = |name: &str| (Shelf::Fail, Fingerprint::compute("p", name, "k", 0));
        let mut desk = Desk::default();
        desk.mark([key("a"), key("b")], true);
        desk.write(Some(key("a")), " ask Kim ");
        desk.write(None, "Monday");
        let end = desk.clone();
        assert_eq!(desk.note(key("a")), Some("ask Kim"));
        let step = |what| Some(Undone::Step(what));
        let undone = [desk.undo(), desk.undo(), desk.undo(), desk.undo()];
        assert_eq!(undone, [step("note"), step("note"), step("mark"), None]);
        assert_eq!((desk.marked.len(), desk.notes.len(), &*desk.session_note), (0, 0, ""));
        assert_eq!(
            [desk.redo(), desk.redo(), desk.redo(), desk.redo()],
            [Some("mark"), Some("note"), Some("note"), None]
        );
        assert_eq!(desk, end);
        desk.write(Some(key("a")), "");
        assert_eq!(desk.note(key("a")), None);
        for step in 0..STEPS + 10 {
            desk.mark([key(&step.to_string())], true);
        }
        assert_eq!(desk.done.len(), STEPS);
    }
}
