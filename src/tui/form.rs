//! A draft of a record: what is typed, what is wrong with it, and what its signature would write.

use std::sync::Arc;

use super::backend::{Act, Errand, Field, FormField, WaiverForm};
use super::input::Input;
use super::loaded::PreviewText;
use super::msg::JobId;
use super::store::{RowKey, Shelf, SubjectText};
use crate::model::Finding;
use crate::text::SafeText;

/// Characters that a record's texts may have.
const MAX_TEXT: usize = 2000;

impl Act {
    /// What is being written: a form's title begins so.
    pub fn title(self) -> &'static str {
        match self {
            Act::Waive => "Waiver for",
            Act::Renew => "Renewal for",
            Act::Approve => "Approval for",
            Act::Reject => "Rejection for",
            Act::Revoke => "Revocation for",
        }
    }

    /// One word for a list.
    pub fn word(self) -> &'static str {
        match self {
            Act::Waive => "waive",
            Act::Renew => "renew",
            Act::Approve => "approve",
            Act::Reject => "reject",
            Act::Revoke => "revoke",
        }
    }

    /// For the last line of a session: `wv-... approved`.
    pub fn done(self) -> &'static str {
        match self {
            Act::Waive => "waived",
            Act::Renew => "renewed",
            Act::Approve => "approved",
            Act::Reject => "rejected",
            Act::Revoke => "revoked",
        }
    }
}

impl Field {
    pub fn label(self) -> &'static str {
        match self {
            Field::Template => "template",
            Field::Reason => "reason",
            Field::Expires => "expires",
            Field::Ticket => "ticket",
            Field::RiskOwner => "risk owner",
            Field::DecisionType => "decision",
            Field::ResidualRisk => "residual risk",
            Field::Controls => "controls",
            Field::Remediation => "remediation",
            Field::ReviewBy => "review by",
            Field::Comment => "comment",
            Field::Role => "role",
        }
    }
}

/// What tells forms apart.
pub type FormKey = (Act, Option<RowKey>, Option<String>, usize);

/// A field and what is typed in it.
#[derive(Debug, Clone)]
pub struct Line {
    pub field: Field,
    pub input: Input,
    /// What stood there before anybody typed.
    suggested: String,
    pub required: bool,
    /// Not typed, but one of these.
    pub choices: Vec<String>,
}

impl Line {
    fn of(known: &FormField) -> Self {
        let known_choice = known.choices.iter().find(|choice| **choice == known.text);
        let text = known_choice.or(known.choices.first()).unwrap_or(&known.text);
        Self {
            field: known.field,
            input: Input::new(text),
            suggested: text.clone(),
            required: known.required,
            choices: known.choices.clone(),
        }
    }

    pub fn is_chosen(&self) -> bool {
        !self.choices.is_empty()
    }
}

/// One draft. It outlives its screen: Esc leaves it, the command that opened it returns to it.
#[derive(Debug, Clone)]
pub struct Form {
    pub errand: Errand,
    pub lines: Vec<Line>,
    /// The line that takes the keys.
    pub at: usize,
    pub facts: Vec<(SafeText, SafeText)>,
    /// Grows with each edit; a preview counts only for the edit it was made of.
    pub revision: u64,
    pub previewed: Option<(u64, Result<Arc<PreviewText>, SafeText>)>,
    pub preview_job: Option<(JobId, u64)>,
    pub commit_job: Option<JobId>,
    /// The field that the user's editor has.
    pub editing: Option<(JobId, Field)>,
    /// Why the last attempt to sign failed.
    pub error: Option<SafeText>,
    pub scroll: usize,
    /// On a screen without room for both: the record is shown instead of the fields.
    pub record_page: bool,
}

impl Form {
    pub fn new(errand: Errand, draft: &WaiverForm) -> Self {
        let fact = |(label, value): &(String, String)| (SafeText::prose(label), SafeText::prose(value));
        Self {
            errand,
            lines: draft.fields.iter().map(Line::of).collect(),
            at: 0,
            facts: draft.facts.iter().map(fact).collect(),
            revision: 1,
            previewed: None,
            preview_job: None,
            commit_job: None,
            editing: None,
            error: None,
            scroll: 0,
            record_page: false,
        }
    }

    /// Takes another template's fields; what was typed stays.
    pub fn follow(&mut self, draft: &WaiverForm) {
        let at = self.field();
        let typed = std::mem::take(&mut self.lines);
        self.lines = draft.fields.iter().map(Line::of).collect();
        for line in typed.into_iter().filter(|line| line.input.text() != line.suggested) {
            if line.field == Field::Template {
                continue;
            }
            match self.lines.iter_mut().find(|known| known.field == line.field) {
                Some(known) => known.input = line.input,
                None => self.lines.push(Line { required: false, ..line }),
            }
        }
        self.at = self.lines.iter().position(|line| Some(line.field) == at).unwrap_or(0);
        self.revision += 1;
        self.error = None;
    }

    /// Types again what was typed before.
    pub fn fill(&mut self, typed: &[(Field, String)]) {
        for (field, text) in typed {
            if let Some(line) = self.lines.iter_mut().find(|line| line.field == *field && !line.is_chosen()) {
                line.input = Input::new(text);
            } else if let Some(line) =
                self.lines.iter_mut().find(|line| line.field == *field && line.choices.contains(text))
            {
                line.input = Input::new(text);
            }
        }
        self.revision += 1;
    }

    /// A waiver that is written about is the whole of it; else the finding is.
    pub fn key_of(errand: &Errand) -> FormKey {
        let finding = errand.finding.as_deref().filter(|_| errand.waiver.is_none());
        (errand.act, finding.and_then(key_of), errand.waiver.clone(), errand.others.len())
    }

    pub fn key(&self) -> FormKey {
        Self::key_of(&self.errand)
    }

    /// The finding that it is about, where this audit has it.
    pub fn finding_key(&self) -> Option<RowKey> {
        self.errand.finding.as_deref().and_then(key_of)
    }

    /// What it is about, in few words: the waiver, else the policy.
    pub fn about(&self) -> SafeText {
        match (&self.errand.waiver, &self.errand.finding) {
            (Some(waiver), _) => SafeText::new(waiver),
            (None, Some(finding)) => SafeText::new(&finding.policy.id),
            (None, None) => SafeText::default(),
        }
    }

    /// What is to be known of the finding that it is about.
    pub fn subject(&self) -> Option<SubjectText> {
        self.errand.finding.as_deref().map(SubjectText::new)
    }

    /// What a line of this field says.
    pub fn text(&self, field: Field) -> Option<&str> {
        self.lines.iter().find(|line| line.field == field).map(|line| line.input.text())
    }

    /// The field that takes the keys.
    pub fn field(&self) -> Option<Field> {
        self.lines.get(self.at).map(|line| line.field)
    }

    /// Edits the current field; says whether anything changed.
    pub fn edit(&mut self, edit: impl FnOnce(&mut Input)) -> bool {
        let Some(line) = self.lines.get_mut(self.at).filter(|line| !line.is_chosen()) else {
            return false;
        };
        let before = line.input.text().to_owned();
        edit(&mut line.input);
        let changed = line.input.text() != before;
        self.revision += u64::from(changed);
        if changed {
            self.error = None;
        }
        changed
    }

    /// Turns a choice by one.
    pub fn turn(&mut self, forward: bool) -> bool {
        let Some(line) = self.lines.get_mut(self.at) else { return false };
        let count = line.choices.len();
        if count == 0 {
            return false;
        }
        let at = line.choices.iter().position(|choice| *choice == line.input.text()).unwrap_or(0);
        let next = if forward { at + 1 } else { at + count - 1 } % count;
        if let Some(choice) = line.choices.get(next) {
            line.input = Input::new(choice);
        }
        self.revision += 1;
        self.error = None;
        true
    }

    pub fn step(&mut self, forward: bool) {
        let count = self.lines.len().max(1);
        self.at = if forward { self.at + 1 } else { self.at + count - 1 } % count;
    }

    /// What can be told of a line without asking the engine.
    pub fn problem(&self, line: &Line) -> Option<&'static str> {
        let text = line.input.text().trim();
        match line.field {
            Field::Reason if line.required && text.is_empty() => Some(match self.errand.act {
                Act::Revoke => "say why it ends",
                _ => "say why this is acceptable",
            }),
            Field::Expires if line.required && text.is_empty() => Some("a waiver must expire: YYYY-MM-DD"),
            _ if line.required && text.is_empty() => Some("this repository requires it"),
            Field::Expires | Field::ReviewBy if !text.is_empty() && !looks_like_a_date(text) => {
                Some("not a date: YYYY-MM-DD")
            }
            _ if text.chars().count() > MAX_TEXT => Some("longer than 2,000 characters"),
            _ => None,
        }
    }

    pub fn first_problem(&self) -> Option<(usize, Field, &'static str)> {
        let mut lines = self.lines.iter().enumerate();
        lines.find_map(|(at, line)| Some((at, line.field, self.problem(line)?)))
    }

    pub fn values(&self) -> WaiverForm {
        let mut form = WaiverForm::default();
        for line in &self.lines {
            form.add(line.field, line.input.text().trim(), line.required);
        }
        form
    }

    /// The preview of exactly what is typed now.
    pub fn preview(&self) -> Option<&Result<Arc<PreviewText>, SafeText>> {
        self.previewed.as_ref().filter(|(revision, _)| *revision == self.revision).map(|(_, preview)| preview)
    }

    pub fn signable(&self) -> Result<(), SafeText> {
        if let Some((_, field, problem)) = self.first_problem() {
            return Err(SafeText::new(&format!("{}: {problem}", field.label())));
        }
        match self.preview() {
            _ if self.commit_job.is_some() => Err(SafeText::new("it is being signed")),
            None => Err(SafeText::new("the record is still being checked; press again")),
            Some(Err(error)) => Err(error.clone()),
            Some(Ok(_)) => Ok(()),
        }
    }
}

fn key_of(finding: &Finding) -> Option<RowKey> {
    Some((Shelf::of(finding.verdict)?, finding.fingerprint))
}

/// `YYYY-MM-DD`, or a full instant; the engine knows the calendar.
fn looks_like_a_date(text: &str) -> bool {
    let date = text.get(..10).unwrap_or("");
    let shaped = date.bytes().enumerate().all(|(at, byte)| match at {
        4 | 7 => byte == b'-',
        _ => byte.is_ascii_digit(),
    });
    let rest = text.get(10..).unwrap_or("?");
    date.len() == 10 && shaped && (rest.is_empty() || rest.starts_with('T') && rest.ends_with('Z'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates() {
        assert!(looks_like_a_date("2027-02-20"));
        assert!(looks_like_a_date("2027-02-20T00:00:00Z"));
        for bad in ["2027-2-20", "soon", "2027-02-20x", "2027-02-2", "é027-02-20"] {
            assert!(!looks_like_a_date(bad), "{bad}");
        }
    }
}
