//! A waiver draft: what is typed, what is wrong with it, and what its signature would write.

use std::sync::Arc;

use super::backend::{DECISION_TYPES, WaiverForm};
use super::input::Input;
use super::loaded::PreviewText;
use super::msg::JobId;
use super::store::Row;
use crate::model::Severity;
use crate::text::SafeText;

/// Characters that a record's texts may have.
const MAX_REASON: usize = 2000;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Field {
    Reason,
    Expires,
    Ticket,
    RiskOwner,
    DecisionType,
    ResidualRisk,
}

impl Field {
    pub const ALL: [Field; 6] = [
        Field::Reason,
        Field::Expires,
        Field::Ticket,
        Field::RiskOwner,
        Field::DecisionType,
        Field::ResidualRisk,
    ];

    pub fn label(self) -> &'static str {
        match self {
            Field::Reason => "reason*",
            Field::Expires => "expires*",
            Field::Ticket => "ticket",
            Field::RiskOwner => "risk owner",
            Field::DecisionType => "decision",
            Field::ResidualRisk => "residual risk",
        }
    }

    /// What is chosen, not typed.
    pub fn choices(self) -> Option<[&'static str; 4]> {
        match self {
            Field::DecisionType => Some(DECISION_TYPES),
            Field::ResidualRisk => Some(Severity::ALL.map(Severity::as_str)),
            _ => None,
        }
    }

    fn index(self) -> usize {
        self as usize
    }
}

/// One draft. It outlives its screen: Esc leaves it, `w` on the finding returns to it.
#[derive(Debug, Clone)]
pub struct Form {
    pub row: Arc<Row>,
    inputs: [Input; 6],
    pub field: Field,
    pub paths: Vec<SafeText>,
    raw_paths: Vec<String>,
    /// Grows with each edit; a preview counts only for the edit it was made of.
    pub revision: u64,
    pub previewed: Option<(u64, Result<Arc<PreviewText>, SafeText>)>,
    pub preview_job: Option<(JobId, u64)>,
    pub commit_job: Option<JobId>,
    /// Why the last attempt to sign failed.
    pub error: Option<SafeText>,
    pub scroll: usize,
    /// On a screen without room for both: the record is shown instead of the fields.
    pub record_page: bool,
}

impl Form {
    pub fn new(row: Arc<Row>, draft: &WaiverForm) -> Self {
        let choice = |text: &str, choices: [&str; 4], default: &str| {
            Input::new(if choices.contains(&text) { text } else { default })
        };
        let severity = row.severity().as_str();
        Self {
            inputs: [
                Input::new(&draft.reason),
                Input::new(&draft.expires),
                Input::new(&draft.ticket),
                Input::new(&draft.risk_owner),
                choice(&draft.decision_type, DECISION_TYPES, "risk-acceptance"),
                choice(&draft.residual_risk, Severity::ALL.map(Severity::as_str), severity),
            ],
            row,
            field: Field::Reason,
            paths: draft.paths.iter().map(|path| SafeText::new(path)).collect(),
            raw_paths: draft.paths.clone(),
            revision: 1,
            previewed: None,
            preview_job: None,
            commit_job: None,
            error: None,
            scroll: 0,
            record_page: false,
        }
    }

    pub fn input(&self, field: Field) -> Option<&Input> {
        self.inputs.get(field.index())
    }

    pub fn text(&self, field: Field) -> &str {
        self.input(field).map_or("", Input::text)
    }

    /// Edits the current field; says whether anything changed.
    pub fn edit(&mut self, edit: impl FnOnce(&mut Input)) -> bool {
        if self.field.choices().is_some() {
            return false;
        }
        let Some(input) = self.inputs.get_mut(self.field.index()) else { return false };
        let before = input.text().to_owned();
        edit(input);
        let changed = input.text() != before;
        self.revision += u64::from(changed);
        if changed {
            self.error = None;
        }
        changed
    }

    /// Turns a choice by one.
    pub fn turn(&mut self, forward: bool) -> bool {
        let Some(choices) = self.field.choices() else { return false };
        let at = choices.iter().position(|choice| *choice == self.text(self.field)).unwrap_or(0);
        let next = if forward { at + 1 } else { at + choices.len() - 1 } % choices.len();
        if let (Some(input), Some(choice)) = (self.inputs.get_mut(self.field.index()), choices.get(next)) {
            *input = Input::new(choice);
        }
        self.revision += 1;
        self.error = None;
        true
    }

    pub fn step(&mut self, by: usize) {
        let next = (self.field.index() + by) % Field::ALL.len();
        if let Some(field) = Field::ALL.get(next) {
            self.field = *field;
        }
    }

    pub fn is_last(&self) -> bool {
        self.field == Field::ResidualRisk
    }

    /// What can be told without asking the engine.
    pub fn problem(&self, field: Field) -> Option<&'static str> {
        let text = self.text(field).trim();
        match field {
            Field::Reason if text.is_empty() => Some("say why this is acceptable"),
            Field::Reason if text.chars().count() > MAX_REASON => Some("longer than 2,000 characters"),
            Field::Expires if text.is_empty() => Some("a waiver must expire: YYYY-MM-DD"),
            Field::Expires if !looks_like_a_date(text) => Some("not a date: YYYY-MM-DD"),
            _ => None,
        }
    }

    pub fn first_problem(&self) -> Option<(Field, &'static str)> {
        Field::ALL.into_iter().find_map(|field| Some((field, self.problem(field)?)))
    }

    pub fn values(&self) -> WaiverForm {
        let get = |field| self.text(field).trim().to_owned();
        WaiverForm {
            reason: get(Field::Reason),
            expires: get(Field::Expires),
            ticket: get(Field::Ticket),
            risk_owner: get(Field::RiskOwner),
            decision_type: get(Field::DecisionType),
            residual_risk: get(Field::ResidualRisk),
            paths: self.raw_paths.clone(),
        }
    }

    /// The preview of exactly what is typed now.
    pub fn preview(&self) -> Option<&Result<Arc<PreviewText>, SafeText>> {
        self.previewed.as_ref().filter(|(revision, _)| *revision == self.revision).map(|(_, preview)| preview)
    }

    pub fn signable(&self) -> Result<(), SafeText> {
        if let Some((field, problem)) = self.first_problem() {
            return Err(SafeText::new(&format!("{}: {problem}", field.label().trim_end_matches('*'))));
        }
        match self.preview() {
            _ if self.commit_job.is_some() => Err(SafeText::new("it is being signed")),
            None => Err(SafeText::new("the record is still being checked; press again")),
            Some(Err(error)) => Err(error.clone()),
            Some(Ok(_)) => Ok(()),
        }
    }
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
