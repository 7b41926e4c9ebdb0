//! What must be known of policies before the Rego engine may see them.
//!
//! Parse time doubles with each level of brackets; a recursive function overflows the stack. Workers survive
//! both, but these refusals are quick and name the place. OPA refuses recursion when compiling, too.

use std::collections::{BTreeMap, BTreeSet};

use super::ast::{RegoFile, Rule};
use super::refusal::Refusal;

/// 12 levels parse in some 100 ms, 20 in 40 s.
const MAX_NESTING: usize = 12;

/// Builtins whose value no second audit would see again.
pub const RANDOM: [&str; 2] = ["rand.intn", "uuid.rfc4122"];

/// Refuses text that nests deeper than the parser can take. Gives the line (from 1).
pub fn check_nesting(text: &str) -> Result<(), (u32, String)> {
    match Brackets::of(text).find(|bracket| bracket.depth > MAX_NESTING) {
        Some(bracket) => Err((bracket.line, format!("brackets nest more than {MAX_NESTING} levels deep"))),
        None => Ok(()),
    }
}

/// One bracket outside strings and comments.
pub(super) struct Bracket {
    /// Its offset.
    pub at: usize,
    /// From 1.
    pub line: u32,
    pub opens: bool,
    /// How many are open after it.
    pub depth: usize,
}

/// The brackets of a text.
pub(super) struct Brackets<'t> {
    chars: std::iter::Peekable<std::str::CharIndices<'t>>,
    line: u32,
    depth: usize,
}

impl<'t> Brackets<'t> {
    pub fn of(text: &'t str) -> Self {
        Self { chars: text.char_indices().peekable(), line: 1, depth: 0 }
    }
}

impl Iterator for Brackets<'_> {
    type Item = Bracket;

    fn next(&mut self) -> Option<Bracket> {
        loop {
            let (at, c) = self.chars.next()?;
            match c {
                '\n' => self.line += 1,
                '#' => while self.chars.next_if(|(_, c)| *c != '\n').is_some() {},
                '"' | '`' => {
                    while let Some((_, inner)) = self.chars.next() {
                        match inner {
                            '\\' if c == '"' => drop(self.chars.next()),
                            '\n' => self.line += 1,
                            inner if inner == c => break,
                            _ => {}
                        }
                    }
                }
                '(' | '[' | '{' => {
                    self.depth += 1;
                    return Some(Bracket { at, line: self.line, opens: true, depth: self.depth });
                }
                ')' | ']' | '}' => {
                    self.depth = self.depth.saturating_sub(1);
                    return Some(Bracket { at, line: self.line, opens: false, depth: self.depth });
                }
                _ => {}
            }
        }
    }
}

/// The rules of some files and what they use.
pub(super) struct Graph<'f> {
    /// By path; a rule may be written in several pieces and files.
    rules: BTreeMap<&'f str, Vec<(&'f RegoFile, &'f Rule)>>,
    uses: BTreeMap<&'f str, BTreeSet<&'f str>>,
}

impl<'f> Graph<'f> {
    pub fn of(files: &'f [RegoFile]) -> Self {
        let mut rules: BTreeMap<&str, Vec<_>> = BTreeMap::new();
        for file in files {
            for rule in &file.module.rules {
                rules.entry(&rule.path).or_default().push((file, rule));
            }
        }
        let uses = rules
            .iter()
            .map(|(path, pieces)| {
                let used = pieces.iter().flat_map(|(_, rule)| &rule.uses);
                (*path, used.flat_map(|used| used_rules(&rules, used)).collect())
            })
            .collect();
        Self { rules, uses }
    }

    /// Rules, and all that they use, directly or through others.
    pub fn reached<'g>(&'g self, from: impl IntoIterator<Item = &'g str>) -> BTreeSet<&'g str> {
        let mut queue: Vec<&str> = from.into_iter().collect();
        let mut seen = BTreeSet::new();
        while let Some(path) = queue.pop() {
            if seen.insert(path) {
                queue.extend(self.uses.get(path).into_iter().flatten());
            }
        }
        seen
    }

    /// The files that define some rules and all that these use: what must be in one engine.
    pub fn files<'g>(&'g self, entries: impl IntoIterator<Item = &'g str>) -> Vec<&'f RegoFile> {
        let reached = self.reached(entries);
        let pieces = reached.into_iter().filter_map(|path| self.rules.get(path)).flatten();
        let files: BTreeMap<&str, &RegoFile> = pieces.map(|(file, _)| (file.name.as_str(), *file)).collect();
        files.into_values().collect()
    }

    /// Of some rules and all that these use, but for one that does not count: every field and string that they mention,
    /// and the strings that they may compare a value with.
    pub fn mentioned<'g>(
        &'g self,
        entries: impl IntoIterator<Item = &'g str>,
        but: &str,
    ) -> (BTreeSet<String>, BTreeSet<String>) {
        let reached = self.reached(entries);
        let counting = || reached.iter().filter(|path| **path != but);
        let rules = || counting().filter_map(|path| self.rules.get(path)).flatten().map(|(_, rule)| rule);
        let all = |of: fn(&Rule) -> &BTreeSet<String>| rules().flat_map(|rule| of(rule)).cloned().collect();
        (all(|rule| &rule.words), all(|rule| &rule.literals))
    }

    /// Why the rules cannot be evaluated, if they cannot: one that they use calls itself or holds what has no
    /// fixed value.
    pub fn refusal<'g>(&'g self, entries: impl IntoIterator<Item = &'g str>) -> Option<Refusal> {
        let reached = self.reached(entries);
        let pieces = || reached.iter().filter_map(|path| self.rules.get(path)).flatten();
        if let Some(refused) = pieces().find_map(|(_, rule)| rule.refused.clone()) {
            return Some(refused);
        }
        let (file, rule) = pieces().find(|(_, rule)| self.calls_itself(&rule.path))?;
        let reason = format!("{} calls itself; Rego has no recursion", rule.path.trim_start_matches("data."));
        Some(Refusal::at(&file.name, rule.line, reason).construct(&rule.name))
    }

    fn calls_itself(&self, path: &str) -> bool {
        let used = self.uses.get(path).into_iter().flatten().copied();
        self.reached(used).contains(path)
    }
}

/// The rules that a path stands for: itself, what it is a part of, and all that lies below it (`data.lib[name]`,
/// `count(data.main)`).
fn used_rules<'g, T>(rules: &BTreeMap<&'g str, T>, used: &str) -> Vec<&'g str> {
    let mut found = Vec::new();
    // What it is a part of: `data.lib.limits.max` of the rule `data.lib.limits`.
    let mut whole = used;
    loop {
        found.extend(rules.get_key_value(whole).map(|(path, _)| *path));
        match whole.rsplit_once('.') {
            Some((front, _)) => whole = front,
            None => break,
        }
    }
    let below = format!("{used}.");
    let from = rules.range::<str, _>((std::ops::Bound::Excluded(below.as_str()), std::ops::Bound::Unbounded));
    found.extend(from.map(|(path, _)| *path).take_while(|path| path.starts_with(&below)));
    found
}

/// The first rule of some files that cannot be evaluated.
pub(super) fn refusal(files: &[RegoFile]) -> Option<Refusal> {
    let graph = Graph::of(files);
    graph.refusal(graph.rules.keys().copied().collect::<Vec<_>>())
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

    fn files(texts: &[&str]) -> Vec<RegoFile> {
        let parse =
            |(at, text): (usize, &&str)| RegoFile::parse(format!("{at}.rego"), format!("{text}\n")).unwrap();
        texts.iter().enumerate().map(parse).collect()
    }

    #[test]
    fn recursion_is_found_on_every_way() {
        for (body, recursive) in [
            ("f(x) := f(x + 1)\ndeny contains 1 if f(1)", true),
            ("f(x) := g(x)\ng(x) := data.a.f(x)\ndeny contains 1 if f(1)", true),
            ("f(x) := 1 if count(x) == 1 with count as data.a.f\ndeny contains 1 if f([1])", true),
            ("f(x) := data.a[\"f\"](x)\ndeny contains 1 if f(1)", true),
            ("deny contains 1 if count(data.a) > 1", true),
            ("deny contains 1 if { some x; data[x].deny }", true),
            ("deny contains 1 if data.b[_]", false),
            ("f(x) := 1\ndeny contains 1 if f(f(1))", false),
            ("f(x) := g(x)\ng(f) := f\ndeny contains 1 if f(1)", false),
            ("f(x) := f(x)\ndeny contains 1", false),
        ] {
            let files = files(&[&format!("package a\nimport rego.v1\n{body}")]);
            let refusal = Graph::of(&files).refusal(["data.a.deny"]);
            assert_eq!(refusal.is_some(), recursive, "{body}: {refusal:?}");
        }
    }

    #[test]
    fn only_files_that_are_used_come_into_the_engine() {
        let files = files(&[
            "package main\nimport rego.v1\nimport data.lib\ndeny contains 1 if lib.f(1)",
            "package lib\nimport rego.v1\nf(x) := data.deep[x]",
            "package deep\nimport rego.v1\na := 1",
            "package main\nimport rego.v1\nwarn contains 1 if true",
            "package lib\nimport rego.v1\ng(x) := x",
        ]);
        let names = |path: &str| -> Vec<String> {
            Graph::of(&files).files([path]).into_iter().map(|file| file.name.clone()).collect()
        };
        assert_eq!(names("data.main.deny"), ["0.rego", "1.rego", "2.rego"]);
        assert_eq!(names("data.main.warn"), ["3.rego"]);
    }
}
