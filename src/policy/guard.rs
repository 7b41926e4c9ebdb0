//! What must be known of a policy's text before the Rego engine may see it.
//!
//! Parse time doubles with each level of brackets, and a recursive function overflows the stack,
//! which no `catch_unwind` stops. Both are refused here, as OPA refuses recursion when compiling.

use std::collections::{BTreeMap, BTreeSet};

use super::ast::RegoFile;

/// 12 levels parse in some 100 ms, 20 in 40 s.
const MAX_NESTING: usize = 12;

/// Refuses text that nests deeper than the parser can take. Gives the line (from 1).
pub fn check_nesting(text: &str) -> Result<(), (u32, String)> {
    let (mut depth, mut line) = (0_usize, 1_u32);
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\n' => line += 1,
            '#' => while chars.next_if(|c| *c != '\n').is_some() {},
            '"' | '`' => {
                while let Some(inner) = chars.next() {
                    match inner {
                        '\\' if c == '"' => drop(chars.next()),
                        '\n' => line += 1,
                        inner if inner == c => break,
                        _ => {}
                    }
                }
            }
            '(' | '[' | '{' => {
                depth += 1;
                if depth > MAX_NESTING {
                    return Err((line, format!("brackets nest more than {MAX_NESTING} levels deep")));
                }
            }
            ')' | ']' | '}' => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    Ok(())
}

/// The rules that call themselves, directly or through others.
pub fn recursive_rules(files: &[RegoFile]) -> Vec<String> {
    let mut edges: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for rule in files.iter().flat_map(|file| &file.module.rules) {
        edges.entry(rule.path.clone()).or_default().extend(rule.uses.iter().cloned());
    }
    let known: BTreeSet<String> = edges.keys().cloned().collect();
    for uses in edges.values_mut() {
        uses.retain(|name| known.contains(name));
    }
    // Take away rules that use nothing any more; whatever remains is on a cycle or uses one.
    loop {
        let done: BTreeSet<String> =
            edges.iter().filter(|(_, uses)| uses.is_empty()).map(|(name, _)| name.clone()).collect();
        if done.is_empty() {
            break;
        }
        edges.retain(|name, _| !done.contains(name));
        for uses in edges.values_mut() {
            uses.retain(|name| !done.contains(name));
        }
    }
    let on_cycle = |name: &String| {
        let mut queue: Vec<&String> = edges.get(name).into_iter().flatten().collect();
        let mut seen = BTreeSet::new();
        while let Some(next) = queue.pop() {
            if next == name {
                return true;
            }
            if seen.insert(next) {
                queue.extend(edges.get(next).into_iter().flatten());
            }
        }
        false
    };
    edges.keys().filter(|name| on_cycle(name)).cloned().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nesting_counts_brackets_outside_strings_and_comments() {
        let fine = "# ((((((((((((((\nx := \"((((((((((((((((\\\"((((\"\ny := `[[[[[[[[[[[[[[`\n";
        assert!(check_nesting(fine).is_ok());
        assert_eq!(check_nesting(&format!("\n{}", "[".repeat(40))).unwrap_err().0, 2);
    }
}
