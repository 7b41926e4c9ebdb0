//! What is suggested and required of a waiver before anybody signs it.

use std::str::FromStr;

use super::draft::DraftFields;
use super::record::DecisionType;
use super::time::Timestamp;
use crate::model::{Severity, nearest};

/// A field that a record may lack and a repository may require.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Detail {
    Ticket,
    Remediation,
    CompensatingControls,
    ReviewBy,
    RiskOwner,
}

impl Detail {
    pub const ALL: [Detail; 5] = [
        Detail::Ticket,
        Detail::Remediation,
        Detail::CompensatingControls,
        Detail::ReviewBy,
        Detail::RiskOwner,
    ];

    /// As the field is called in a record.
    pub fn as_str(self) -> &'static str {
        match self {
            Detail::Ticket => "ticket",
            Detail::Remediation => "remediation",
            Detail::CompensatingControls => "compensating_controls",
            Detail::ReviewBy => "review_by",
            Detail::RiskOwner => "risk_owner",
        }
    }

    fn is_given(self, fields: &DraftFields) -> bool {
        let text = |text: &Option<String>| text.as_deref().is_some_and(|text| !text.trim().is_empty());
        match self {
            Detail::Ticket => text(&fields.ticket),
            Detail::Remediation => text(&fields.remediation),
            Detail::CompensatingControls => !fields.compensating_controls.is_empty(),
            Detail::ReviewBy => text(&fields.review_by),
            Detail::RiskOwner => text(&fields.risk_owner),
        }
    }
}

impl FromStr for Detail {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Detail::ALL.into_iter().find(|detail| detail.as_str() == text).ok_or_else(|| {
            let meant = nearest(text, Detail::ALL.iter().map(|detail| detail.as_str()));
            let meant = meant.map(|meant| format!("; did you mean `{meant}`?")).unwrap_or_default();
            format!("`{text}` is no field that can be required{meant}")
        })
    }
}

/// Suggestions for a waiver's fields, and which of them must not stay empty.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Template {
    pub reason: Option<String>,
    pub decision: Option<DecisionType>,
    pub residual_risk: Option<Severity>,
    /// From the day of asking to the waiver's end.
    pub days: Option<u32>,
    /// From the day of asking to its review.
    pub review_days: Option<u32>,
    pub ticket: Option<String>,
    pub remediation: Option<String>,
    pub compensating_controls: Vec<String>,
    pub risk_owner: Option<String>,
    pub required: Vec<Detail>,
}

impl Template {
    /// Puts what is suggested in the place of a draft's defaults.
    pub fn fill(&self, fields: &mut DraftFields, now: Timestamp) {
        let day = |days: u32| now.plus_days(days).date();
        let or = |known: &mut Option<String>, text: &Option<String>| {
            *known = text.clone().or_else(|| known.take());
        };
        if let Some(reason) = &self.reason {
            fields.reason.clone_from(reason);
        }
        if let Some(days) = self.days {
            fields.expires = day(days);
        }
        fields.decision = self.decision.unwrap_or(fields.decision);
        fields.residual_risk = self.residual_risk.unwrap_or(fields.residual_risk);
        or(&mut fields.review_by, &self.review_days.map(day));
        or(&mut fields.ticket, &self.ticket);
        or(&mut fields.remediation, &self.remediation);
        or(&mut fields.risk_owner, &self.risk_owner);
        if !self.compensating_controls.is_empty() {
            fields.compensating_controls.clone_from(&self.compensating_controls);
        }
    }

    /// What is required and not given.
    pub fn missing(&self, fields: &DraftFields) -> Vec<Detail> {
        Detail::ALL
            .into_iter()
            .filter(|detail| self.required.contains(detail) && !detail.is_given(fields))
            .collect()
    }
}
