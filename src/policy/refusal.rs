//! Why a policy was not evaluated, and where in its text.

use serde::{Deserialize, Serialize};

use crate::model::NotEvaluated;

/// Longer pieces of a policy's text are not worth a line of a report.
const MAX_CONSTRUCT: usize = 80;

/// A policy, or a file of them, that cannot be loaded or evaluated. Holds no times and no addresses: the same
/// audit gives the same bytes.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refusal {
    pub reason: String,
    /// The file that the line counts in, where it is not the policy's own name.
    pub path: Option<String>,
    /// From 1.
    pub line: Option<u32>,
    /// What stands there, as it is written or as Rego calls it.
    pub construct: Option<String>,
}

impl Refusal {
    pub fn new(reason: impl Into<String>) -> Self {
        Self { reason: reason.into(), ..Self::default() }
    }

    pub fn at(path: &str, line: u32, reason: impl Into<String>) -> Self {
        Self { path: Some(path.to_owned()), line: Some(line), ..Self::new(reason) }
    }

    #[must_use]
    pub fn construct(mut self, text: &str) -> Self {
        self.construct = Some(shortened(text.trim()));
        self
    }

    /// Reads what regorus says: a place, a drawing of the line, and a message, on several lines.
    pub(super) fn of_engine(error: &str) -> Self {
        // The time that has passed is in it, too.
        if error.contains("exceeded time limit") {
            return Self::new(super::limits::too_slow());
        }
        let mut refusal = Self::default();
        let mut reasons = Vec::new();
        for line in error.lines().map(str::trim).filter(|line| !line.is_empty()) {
            if let Some(place) = line.strip_prefix("--> ") {
                let mut parts = place.rsplitn(3, ':');
                let (_, line, path) = (parts.next(), parts.next(), parts.next());
                if let (None, Some(line), Some(path)) =
                    (refusal.line, line.and_then(|line| line.parse().ok()), path)
                {
                    (refusal.path, refusal.line) = (Some(path.to_owned()), Some(line));
                }
            } else if let Some((number, text)) = line.split_once('|') {
                let drawn = number.trim().parse::<u32>().is_ok();
                if drawn && refusal.construct.is_none() && refusal.line == number.trim().parse().ok() {
                    refusal.construct = Some(shortened(text.trim()));
                } else if !drawn && !number.is_empty() {
                    reasons.push(line);
                }
            } else {
                reasons.push(line.strip_prefix("error: ").unwrap_or(line));
            }
        }
        refusal.reason = reasons.join(" ");
        refusal
    }

    /// Did it take longer than it may?
    pub(super) fn is_too_slow(&self) -> bool {
        self.reason == super::limits::too_slow()
    }

    /// The entry of a report.
    pub fn concerning(self, policy: impl Into<String>) -> NotEvaluated {
        let Self { reason, path, line, construct } = self;
        NotEvaluated { policy: policy.into(), reason, path, line, construct }
    }
}

impl std::fmt::Display for Refusal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match (&self.path, self.line) {
            (Some(path), Some(line)) => write!(f, "{path}:{line}: ")?,
            (Some(path), None) => write!(f, "{path}: ")?,
            _ => {}
        }
        f.write_str(&self.reason)
    }
}

impl From<String> for Refusal {
    fn from(reason: String) -> Self {
        Self::new(reason)
    }
}

fn shortened(text: &str) -> String {
    let mut short: String = text.chars().take(MAX_CONSTRUCT).collect();
    if short.len() < text.len() {
        short.push('…');
    }
    short
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_engine_s_drawing_is_read() {
        let error = "\n--> a:b.rego:5:7\n  |\n5 | deny contains x | y\n  |       ^\nerror: expecting `if`";
        let refusal = Refusal::of_engine(error);
        assert_eq!(refusal, Refusal::at("a:b.rego", 5, "expecting `if`").construct("deny contains x | y"));
        assert_eq!(Refusal::of_engine("not a valid rule path").reason, "not a valid rule path");
        let times = "execution exceeded time limit (elapsed=5000001ns, limit=5000000000ns)";
        assert_eq!(Refusal::of_engine(times).reason, "stopped after 5 seconds");
    }
}
