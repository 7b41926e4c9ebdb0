//! Regular expressions of the builtins that are not regorus's own, compiled once: a policy asks the same for every
//! resource.

use std::collections::HashMap;
use std::sync::{LazyLock, Mutex, PoisonError};

use regex::Regex;

/// How large a compiled pattern may be, in bytes; regorus's own limit.
const MAX_SIZE: usize = 100 * 1024;
/// So many are kept. A policy that makes its patterns from the input begins anew each time.
const MAX_KNOWN: usize = 256;

/// `None` for what does not compile.
pub(super) fn compiled(pattern: &str) -> Option<Regex> {
    static KNOWN: LazyLock<Mutex<HashMap<String, Option<Regex>>>> = LazyLock::new(Mutex::default);
    let known = || KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(regex) = known().get(pattern) {
        return regex.clone();
    }
    let regex = regex::RegexBuilder::new(pattern).size_limit(MAX_SIZE).build().ok();
    let mut known = known();
    if known.len() >= MAX_KNOWN {
        known.clear();
    }
    known.insert(pattern.to_owned(), regex.clone());
    regex
}
