//! What trust data must hold beyond the form of its fields: everyone once, every key once, thresholds that can be met.

use std::collections::BTreeSet;

use super::{KeyStatus, PublicKey, Trust};
use crate::model::Severity;

/// The rules of section 3 that go beyond the form of single fields.
pub(in crate::waiver) fn validate(trust: &Trust) -> Result<(), String> {
    let (repository, previous) = (trust.repository.is_some(), trust.previous.is_some());
    if trust.version == 1 && (repository || previous) {
        return Err("version 1 names neither `repository` nor `previous`".to_owned());
    }
    if trust.version != 1 && !(repository && previous) {
        return Err(format!("version {} must name both `repository` and `previous`", trust.version));
    }
    let (mut ids, mut keys) = (BTreeSet::new(), BTreeSet::new());
    for principal in &trust.principals {
        if !ids.insert(principal.id.as_str()) {
            return Err(format!("{} is listed twice", principal.id));
        }
        for key in &principal.keys {
            let public =
                PublicKey::from_line(&key.key).map_err(|why| format!("a key of {}: {why}", principal.id))?;
            if !keys.insert(public) {
                return Err(format!("a key of {} occurs twice", principal.id));
            }
        }
    }
    for admin in &trust.admins {
        let principal = trust.principal(admin).ok_or_else(|| format!("the admin {admin} is not listed"))?;
        if !principal.keys.iter().any(|key| key.status == KeyStatus::Active) {
            return Err(format!("the admin {admin} has no active key"));
        }
    }
    if trust.admin_threshold == 0 || trust.admin_threshold as usize > trust.admins.len() {
        return Err(format!("`admin_threshold` must lie between 1 and {}", trust.admins.len()));
    }
    for severity in Severity::ALL {
        let rule = trust.rules.of(severity);
        if !(1..=3_650).contains(&rule.max_days) {
            return Err(format!("`max_days` of {severity} must lie between 1 and 3650"));
        }
        if rule.approvals >= 1 && rule.approve_roles.is_empty() {
            return Err(format!("{severity} needs approvals but names no `approve_roles`"));
        }
        if rule.distinct_roles && rule.approve_roles.len() < rule.approvals as usize {
            return Err(format!("{severity} needs more different roles than it names"));
        }
    }
    Ok(())
}
