//! Waivers in force that end soon, so that nothing lapses unnoticed.

use crate::model::{Report, Status};
use crate::waiver::Timestamp;

/// A sentence for each waiver that ends, or whose review is due, within so many days of the audit's instant; the
/// soonest first.
pub fn ending(report: &Report, within: Option<u32>) -> Vec<String> {
    let (Some(days), Ok(now)) = (within, report.instant.parse::<Timestamp>()) else { return Vec::new() };
    let until = now.plus_days(days);
    let waived = report.findings.iter().filter(|finding| finding.status == Status::Waived);
    let mut found: Vec<(Timestamp, String)> = Vec::new();
    for (finding, waiver) in waived.filter_map(|finding| Some((finding, finding.waiver.as_ref()?))) {
        let dates = [("ends", Some(&waiver.expires_at)), ("is due for review", waiver.review_by.as_ref())];
        for (what, date) in dates {
            let date = date.and_then(|date| date.parse::<Timestamp>().ok()).filter(|date| *date <= until);
            found.extend(date.map(|date| {
                let left = now.days_until(date).unwrap_or(0);
                let days = if left == 1 { "day" } else { "days" };
                let (id, policy, resource) = (&waiver.id, &finding.policy.id, &finding.resource);
                let next = format!("`probity waiver renew {id}` asks anew");
                (
                    date,
                    format!("{id} {what} in {left} {days}, {}: {policy} of {resource}; {next}", date.date()),
                )
            }));
        }
    }
    found.sort();
    found.into_iter().map(|(_, sentence)| sentence).collect()
}
