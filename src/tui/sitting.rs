//! What a sitting leaves for the next one: reviews, notes, arrangement, filter, the place in the list, drafts.
//!
//! JSON in the user's state folder. Findings are named by fingerprint; what no audit has any more stays until it has,
//! so a branch switch loses nothing.

use serde::{Deserialize, Serialize};

use super::backend::{Act, Field};
use super::desk::Desk;
use super::form::Form;
use super::listing::View;
use super::state::{State, Target};
use super::store::{RowKey, Shelf};
use crate::model::{Digest, Fingerprint};

const VERSION: u32 = 1;

/// The version of `triage.json`.
pub const TRIAGE: &str = "probity.triage/v1";

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Sitting {
    version: u32,
    reviewed: Vec<Review>,
    notes: Vec<Note>,
    session_note: String,
    view: View,
    filter: String,
    at: Option<Name>,
    drafts: Vec<Kept>,
}

/// A finding, by what identifies it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Name {
    shelf: Shelf,
    fingerprint: String,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Review {
    #[serde(flatten)]
    of: Name,
    content: String,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Note {
    #[serde(flatten)]
    of: Name,
    text: String,
}

/// A draft that was not signed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Kept {
    pub act: Act,
    of: Option<Name>,
    pub waiver: Option<String>,
    pub typed: Vec<(Field, String)>,
}

impl Name {
    fn of(key: RowKey) -> Self {
        Self { shelf: key.0, fingerprint: key.1.to_string() }
    }

    fn key(&self) -> Option<RowKey> {
        Some((self.shelf, self.fingerprint.parse::<Fingerprint>().ok()?))
    }
}

impl Kept {
    fn of(form: &Form) -> Self {
        let typed = form.lines.iter().map(|line| (line.field, line.input.text().to_owned()));
        Self {
            act: form.errand.act,
            of: form.finding_key().map(Name::of),
            waiver: form.errand.waiver.clone(),
            typed: typed.collect(),
        }
    }

    pub fn key(&self) -> Option<RowKey> {
        self.of.as_ref().and_then(Name::key)
    }
}

impl Sitting {
    pub fn of(state: &State) -> Self {
        let desk = &state.desk;
        let forms = state.form.iter().chain(state.drafts.values());
        // A draft for several findings is drafted anew from its marks.
        let forms = forms.filter(|form| form.errand.others.is_empty() && form.revision > 1);
        let target = match &state.target {
            Some(Target::Row(key)) => Some(*key),
            _ => state.subject,
        };
        let waiting = state.kept.iter().chain(state.restoring.as_ref().map(|(_, kept)| kept));
        Self {
            version: VERSION,
            reviewed: desk
                .reviewed
                .iter()
                .map(|(key, content)| Review { of: Name::of(*key), content: content.to_string() })
                .collect(),
            notes: desk
                .notes
                .iter()
                .map(|(key, text)| Note { of: Name::of(*key), text: text.clone() })
                .collect(),
            session_note: desk.session_note.to_string(),
            view: desk.view,
            filter: state.filter.text().to_owned(),
            at: target.map(Name::of),
            drafts: forms.map(Kept::of).chain(waiting.cloned()).collect(),
        }
    }

    /// # Errors
    /// It was written by another version, or is none.
    pub fn parse(text: &str) -> Result<Self, String> {
        let sitting: Self = serde_json::from_str(text).map_err(|error| error.to_string())?;
        if sitting.version == VERSION {
            Ok(sitting)
        } else {
            Err(format!("version {} is not known here", sitting.version))
        }
    }

    pub fn json(&self) -> String {
        // Nothing in it can fail to be written.
        serde_json::to_string_pretty(self).unwrap_or_default()
    }

    /// Puts it where it belongs; drafts wait for the audit.
    pub fn restore(self, state: &mut State) {
        let content = |text: &str| text.parse::<Digest>().ok();
        let reviewed =
            self.reviewed.iter().filter_map(|review| Some((review.of.key()?, content(&review.content)?)));
        let notes = self.notes.into_iter().filter_map(|note| Some((note.of.key()?, note.text)));
        state.desk = Desk::found(reviewed.collect(), notes.collect(), &self.session_note, self.view);
        state.filter = super::input::Input::new(&self.filter);
        // Whoever moved already stays where they are.
        if state.target.is_none() {
            state.target = self.at.as_ref().and_then(Name::key).map(Target::Row);
        }
        state.kept = self.drafts;
    }
}

/// Reviews and notes as evidence has them, for a colleague: `triage.json`.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Triage {
    schema: String,
    note: String,
    findings: Vec<Told>,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Told {
    fingerprint: String,
    verdict: Shelf,
    reviewed: Option<String>,
    note: String,
}

impl Triage {
    /// # Errors
    /// It is no triage, or of another version.
    pub fn parse(text: &str) -> Result<Self, String> {
        let triage: Self = serde_json::from_str(text).map_err(|error| error.to_string())?;
        let odd = triage.findings.iter().find(|told| {
            let digest = told.reviewed.as_deref().map(str::parse::<Digest>);
            told.fingerprint.parse::<Fingerprint>().is_err() || digest.is_some_and(|digest| digest.is_err())
        });
        match odd {
            _ if triage.schema != TRIAGE => Err(format!("schema is `{}`, not `{TRIAGE}`", triage.schema)),
            Some(told) => Err(format!("`{}` is not named or reviewed as Probity does it", told.fingerprint)),
            None => Ok(triage),
        }
    }

    /// Adds what the desk does not have yet; says how many reviews and notes. A review stays bound to what was reviewed.
    pub fn add_to(self, desk: &mut Desk) -> (usize, usize) {
        let (mut reviews, mut notes) = (Vec::new(), 0);
        for told in self.findings {
            let Ok(fingerprint) = told.fingerprint.parse::<Fingerprint>() else { continue };
            let key = (told.verdict, fingerprint);
            if let Some(content) = told.reviewed.and_then(|digest| digest.parse::<Digest>().ok())
                && !desk.reviewed.contains_key(&key)
            {
                reviews.push((key, content));
            }
            if !told.note.is_empty() && desk.note(key).is_none() {
                desk.write(Some(key), &told.note);
                notes += 1;
            }
        }
        let count = reviews.len();
        if count > 0 {
            desk.review(reviews, true);
        }
        if desk.session_note.is_empty() && !self.note.is_empty() {
            desk.write(None, &self.note);
        }
        (count, notes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_version_and_junk_are_none() {
        assert!(Sitting::parse("{\"version\": 2}").unwrap_err().contains("version 2"));
        assert!(Sitting::parse("{}").unwrap_err().contains("version 0"));
        assert!(Sitting::parse("{\"version\": 1, \"odd\": 1}").is_err());
        assert!(Sitting::parse("x").is_err());
        let one = Sitting { version: VERSION, filter: "sev>=high".into(), ..Sitting::default() };
        assert_eq!(Sitting::parse(&one.json()), Ok(one));
    }
}
