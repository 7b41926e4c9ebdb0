//! The one canonical way to write a record.
//!
//! Reading ends with writing the value again and comparing bytes (`read`), so this file is the whole
//! definition of the format: order of fields, indentation, quoting, and the form of every string. What
//! breaks a rule cannot be written, and therefore cannot be read either.

use std::fmt::Display;

use super::record::{Approval, Key, Principal, Record, Revocation, Rule, Trust, Waiver};
use super::text::Form;
use super::time::Timestamp;
use crate::model::Severity;

const MAX_ITEMS: usize = 64;
const MAX_PRINCIPALS: usize = 2_000;
const MAX_INTEGER: u32 = 2_147_483_647;

/// The bytes that are signed, or the first field that may not be written.
pub(super) fn record(record: &Record) -> Result<String, String> {
    match record {
        Record::Waiver(value) => waiver(value),
        Record::Approval(value) => approval(value),
        Record::Revocation(value) => revocation(value),
    }
}

pub(super) fn waiver(waiver: &Waiver) -> Result<String, String> {
    let mut out = Emitter::new("waiver/v1");
    out.value("repository", waiver.repository);
    out.mapping("finding", |out| {
        let finding = &waiver.finding;
        out.value("fingerprint", finding.fingerprint);
        out.text("policy", Form::PolicyId, &finding.policy);
        out.integer("policy_version", finding.policy_version);
        out.value("policy_digest", finding.policy_digest);
        out.value("severity", finding.severity);
        out.text("resource", Form::Resource, &finding.resource);
        out.value("evidence_digest", finding.evidence_digest);
    });
    out.mapping("scope", |out| {
        out.required_list("paths", Form::PathPattern, &waiver.scope.paths);
        out.list("refs", Form::Ref, &waiver.scope.refs);
    });
    out.mapping("decision", |out| {
        let decision = &waiver.decision;
        out.value("type", decision.kind.as_str());
        out.text("reason", Form::Text, &decision.reason);
        out.value("residual_risk", decision.residual_risk);
        out.list("compensating_controls", Form::Text, &decision.compensating_controls);
        out.optional("remediation", Form::Text, decision.remediation.as_deref());
        out.optional("ticket", Form::Line, decision.ticket.as_deref());
        out.text("risk_owner", Form::Principal, &decision.risk_owner);
    });
    out.text("requester", Form::Principal, &waiver.requester);
    out.value("issued_at", waiver.issued_at);
    out.value("expires_at", waiver.expires_at);
    out.optional_time("review_by", waiver.review_by);
    out.integer("trust_version", waiver.trust_version);
    out.digests("supersedes", &waiver.supersedes);
    out.text("nonce", Form::Nonce, &waiver.nonce);
    out.require(waiver.issued_at < waiver.expires_at, "`expires_at` must be later than `issued_at`");
    let review = waiver.review_by.is_none_or(|by| waiver.issued_at < by && by <= waiver.expires_at);
    out.require(review, "`review_by` must lie after `issued_at` and not after `expires_at`");
    out.finish()
}

pub(super) fn approval(approval: &Approval) -> Result<String, String> {
    let mut out = Emitter::new("approval/v1");
    out.value("repository", approval.repository);
    out.value("waiver", approval.waiver);
    out.value("decision", approval.decision.as_str());
    out.text("approver", Form::Principal, &approval.approver);
    out.text("role", Form::Role, &approval.role);
    out.optional("comment", Form::Text, approval.comment.as_deref());
    out.value("signed_at", approval.signed_at);
    out.digests("supersedes", &approval.supersedes);
    out.finish()
}

pub(super) fn revocation(revocation: &Revocation) -> Result<String, String> {
    let mut out = Emitter::new("revocation/v1");
    out.value("repository", revocation.repository);
    out.value("waiver", revocation.waiver);
    out.text("revoked_by", Form::Principal, &revocation.revoked_by);
    out.text("reason", Form::Text, &revocation.reason);
    out.value("signed_at", revocation.signed_at);
    out.finish()
}

pub(super) fn trust(trust: &Trust) -> Result<String, String> {
    let mut out = Emitter::new("trust/v1");
    out.integer("version", trust.version);
    if let Some(repository) = trust.repository {
        out.value("repository", repository);
    }
    if let Some(previous) = trust.previous {
        out.value("previous", previous);
    }
    out.text("name", Form::Line, &trust.name);
    out.value("issued_at", trust.issued_at);
    out.optional_time("expires_at", trust.expires_at);
    out.required_list("trusted_refs", Form::Ref, &trust.trusted_refs);
    out.integer("admin_threshold", trust.admin_threshold);
    out.required_list("admins", Form::Principal, &trust.admins);
    out.items("principals", MAX_PRINCIPALS, &trust.principals, principal);
    out.mapping("rules", |out| {
        for severity in Severity::ALL {
            out.mapping(severity.as_str(), |out| rule(out, trust.rules.of(severity)));
        }
    });
    out.text("nonce", Form::Nonce, &trust.nonce);
    out.finish()
}

fn principal(out: &mut Emitter, principal: &Principal) {
    out.text("id", Form::Principal, &principal.id);
    out.list("emails", Form::Line, &principal.emails);
    out.required_list("roles", Form::Role, &principal.roles);
    out.items("keys", MAX_ITEMS, &principal.keys, key);
}

fn key(out: &mut Emitter, key: &Key) {
    out.text("key", Form::Key, &key.key);
    out.value("status", key.status.as_str());
    out.optional_time("not_after", key.not_after);
    out.flag("no_touch", key.no_touch);
}

fn rule(out: &mut Emitter, rule: &Rule) {
    out.integer("approvals", rule.approvals);
    out.list("request_roles", Form::Role, &rule.request_roles);
    out.list("approve_roles", Form::Role, &rule.approve_roles);
    out.flag("distinct_roles", rule.distinct_roles);
    out.integer("max_days", rule.max_days);
    let types: Vec<String> = rule.decision_types.iter().map(|kind| kind.as_str().to_owned()).collect();
    out.list("decision_types", Form::Line, &types);
    out.flag("author_approval", rule.author_approval);
    out.value("policy_change", rule.policy_change.as_str());
}

/// Writes lines; remembers the first rule that was broken.
struct Emitter {
    out: String,
    indent: usize,
    /// The next line starts a mapping within a sequence: it gets the dash.
    dash: bool,
    error: Option<String>,
}

impl Emitter {
    fn new(format: &str) -> Self {
        let mut emitter = Self { out: String::new(), indent: 0, dash: false, error: None };
        emitter.value("probity", format);
        emitter
    }

    fn finish(self) -> Result<String, String> {
        match self.error {
            None => Ok(self.out),
            Some(error) => Err(error),
        }
    }

    fn require(&mut self, holds: bool, otherwise: &str) {
        if !holds && self.error.is_none() {
            self.error = Some(otherwise.to_owned());
        }
    }

    /// Starts a line: indentation and, for the first line of a sequence's item, the dash.
    fn start(&mut self) {
        let dash = std::mem::take(&mut self.dash);
        let spaces = if dash { self.indent.saturating_sub(2) } else { self.indent };
        self.out.extend(std::iter::repeat_n(' ', spaces));
        if dash {
            self.out.push_str("- ");
        }
    }

    fn line(&mut self, key: &str, value: &str) {
        self.start();
        self.out.push_str(key);
        self.out.push(':');
        if !value.is_empty() {
            self.out.push(' ');
            self.out.push_str(value);
        }
        self.out.push('\n');
    }

    /// A value whose type already guarantees its form.
    fn value(&mut self, key: &str, value: impl Display) {
        self.line(key, &quoted(&value.to_string()));
    }

    fn text(&mut self, key: &str, form: Form, value: &str) {
        self.check(key, form, value);
        self.line(key, &quoted(value));
    }

    fn optional(&mut self, key: &str, form: Form, value: Option<&str>) {
        if let Some(value) = value {
            self.text(key, form, value);
        }
    }

    fn optional_time(&mut self, key: &str, value: Option<Timestamp>) {
        if let Some(value) = value {
            self.value(key, value);
        }
    }

    fn integer(&mut self, key: &str, value: u32) {
        self.require(value <= MAX_INTEGER, &format!("`{key}` is larger than {MAX_INTEGER}"));
        self.line(key, &value.to_string());
    }

    fn flag(&mut self, key: &str, value: bool) {
        if value {
            self.line(key, "true");
        }
    }

    fn mapping(&mut self, key: &str, content: impl FnOnce(&mut Self)) {
        self.line(key, "");
        self.indent += 2;
        content(self);
        self.indent -= 2;
    }

    fn required_list(&mut self, key: &str, form: Form, values: &[String]) {
        self.require(!values.is_empty(), &format!("`{key}` needs at least one entry"));
        self.list(key, form, values);
    }

    fn list(&mut self, key: &str, form: Form, values: &[String]) {
        if values.is_empty() {
            return;
        }
        self.require(values.len() <= MAX_ITEMS, &format!("`{key}` has more than {MAX_ITEMS} entries"));
        self.line(key, "");
        self.indent += 2;
        for (number, value) in values.iter().enumerate() {
            self.check(key, form, value);
            let again = values.iter().take(number).any(|other| other == value);
            self.require(!again, &format!("`{key}` names `{value}` twice"));
            self.start();
            self.out.push_str("- ");
            self.out.push_str(&quoted(value));
            self.out.push('\n');
        }
        self.indent -= 2;
    }

    fn digests(&mut self, key: &str, values: &[crate::model::Digest]) {
        let texts: Vec<String> = values.iter().map(ToString::to_string).collect();
        self.list(key, Form::Line, &texts);
    }

    fn items<T: PartialEq>(&mut self, key: &str, limit: usize, items: &[T], content: impl Fn(&mut Self, &T)) {
        self.require(!items.is_empty(), &format!("`{key}` needs at least one entry"));
        self.require(items.len() <= limit, &format!("`{key}` has more than {limit} entries"));
        self.line(key, "");
        self.indent += 4;
        for item in items {
            self.dash = true;
            content(self, item);
        }
        self.indent -= 4;
    }

    fn check(&mut self, key: &str, form: Form, value: &str) {
        if self.error.is_none()
            && let Err(why) = form.check(value)
        {
            self.error = Some(format!("`{key}`: {why}"));
        }
    }
}

fn quoted(value: &str) -> String {
    let mut out = String::with_capacity(value.len() + 2);
    out.push('"');
    for c in value.chars() {
        if matches!(c, '"' | '\\') {
            out.push('\\');
        }
        out.push(c);
    }
    out.push('"');
    out
}
