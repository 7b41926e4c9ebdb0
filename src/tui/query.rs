//! The query language of the findings list: `sev>=high control:GDPR owner:@ml age<90d text`.
//!
//! Words are parted by spaces, and all of them must hold. `a,b` means either, `-` in front turns a word around, quotes
//! keep spaces together. What names no field is searched for in policies, resources, paths and messages; letters may be
//! left out, with very many findings only in policies and paths. Facets are tested first, each distinct string once; text is looked for only in what is left.

use std::collections::BTreeSet;

use rayon::prelude::*;

use super::desk::Desk;
use super::fuzzy::{Matcher, Part, Words, contains, matcher};
use super::past::Origins;
use super::store::{PolicyText, Row, Shelf, Store};
use crate::model::{Severity, nearest};
use crate::text::SafeText;

/// What a query can ask for by name, with an example.
pub const FIELDS: &[(&str, &str)] = &[
    ("sev", "sev>=high"),
    ("status", "status:open"),
    ("is", "is:reviewed"),
    ("policy", "policy:PB-NET"),
    ("control", "control:GDPR"),
    ("owner", "owner:@ml"),
    ("path", "path:infra/"),
    ("resource", "resource:s3"),
    ("commit", "commit:a1f3c9e"),
    ("author", "author:kim"),
    ("age", "age<90d"),
    ("note", "note:ask"),
];

/// What `is:` can ask.
const FLAGS: &[&str] = &["reviewed", "changed", "marked", "noted", "new", "waived", "open"];

/// Of so many findings, letters of a text may be left out in resources and messages, too.
const FUZZY: usize = 20_000;

/// Candidates that are offered at once.
const OFFERED: usize = 12;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Compare {
    Is,
    Less,
    AtMost,
    More,
    AtLeast,
}

impl Compare {
    /// In this order `<=` is found before `<`.
    const SIGNS: [(&'static str, Compare); 6] = [
        ("<=", Compare::AtMost),
        (">=", Compare::AtLeast),
        ("<", Compare::Less),
        (">", Compare::More),
        (":", Compare::Is),
        ("=", Compare::Is),
    ];

    fn holds<T: Ord>(self, value: &T, bound: &T) -> bool {
        match self {
            Compare::Is => value == bound,
            Compare::Less => value < bound,
            Compare::AtMost => value <= bound,
            Compare::More => value > bound,
            Compare::AtLeast => value >= bound,
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Test {
    Severity(Compare, Severity),
    /// Whole days since the introducing commit.
    Age(Compare, i64),
    /// A facet's name, and what it must contain, in lower case.
    Facet(&'static str, String),
    Text(String),
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Term {
    not: bool,
    /// One of them must hold.
    any: Vec<Test>,
}

/// What was typed, understood as far as it can be.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Query {
    terms: Vec<Term>,
    /// What was not understood; it matches nothing that it should not.
    pub problem: Option<String>,
}

/// What is known beside the rows.
#[derive(Debug, Clone, Copy)]
pub struct Known<'a> {
    pub origins: &'a Origins,
    pub desk: &'a Desk,
}

impl Query {
    pub fn parse(text: &str) -> Self {
        let mut query = Self::default();
        for word in words(text) {
            let (not, word) = match word.strip_prefix('-') {
                Some(rest) if !rest.is_empty() => (true, rest.to_owned()),
                _ => (false, word),
            };
            match tests(&word) {
                Ok(any) if any.is_empty() => {}
                Ok(any) => query.terms.push(Term { not, any }),
                Err(problem) => query.problem = query.problem.or(Some(problem)),
            }
        }
        // What costs least first.
        query.terms.sort_by_key(|term| term.any.iter().any(|test| matches!(test, Test::Text(_))));
        query
    }

    /// Does the answer change with what a person does, or with what is found out about commits?
    pub fn depends(&self) -> bool {
        let on = |test: &Test| match test {
            Test::Age(..) => true,
            Test::Facet(name, _) => matches!(*name, "is" | "commit" | "author" | "note"),
            Test::Severity(..) | Test::Text(_) => false,
        };
        self.terms.iter().flat_map(|term| &term.any).any(on)
    }

    /// Does it ask for what is new since another commit?
    pub fn asks_for_new(&self) -> bool {
        let on = |test: &Test| matches!(test, Test::Facet("is", flag) if flag == "new");
        self.terms.iter().flat_map(|term| &term.any).any(on)
    }

    /// Can commits that are not known yet change the answer?
    pub fn needs_origins(&self) -> bool {
        let on = |test: &Test| matches!(test, Test::Age(..) | Test::Facet("commit" | "author", _));
        self.terms.iter().flat_map(|term| &term.any).any(on)
    }

    /// For every row, in the order of the store: does it match?
    pub fn matching(&self, store: &Store, known: Known<'_>) -> Vec<bool> {
        let prepared: Vec<Vec<Prepared<'_>>> = self
            .terms
            .iter()
            .map(|term| term.any.iter().map(|test| Prepared::of(test, store, known)).collect())
            .collect();
        store.each_with(matcher, |matcher, row| {
            self.terms
                .iter()
                .zip(&prepared)
                .all(|(term, any)| any.iter().any(|test| test.holds(row, matcher)) != term.not)
        })
    }
}

/// A test that has looked at what many rows share: what is left to ask of a row.
enum Prepared<'q> {
    Severity(Compare, Severity),
    /// What it said of each policy, path or list of owners, by their numbers.
    Policy(Vec<bool>),
    Path(Vec<bool>),
    Owners(Vec<bool>),
    Text {
        words: Words,
        policies: Vec<bool>,
        paths: Vec<bool>,
    },
    Resource(Part),
    /// Nothing is shared.
    Own(&'q Test, Known<'q>),
}

impl<'q> Prepared<'q> {
    fn of(test: &'q Test, store: &Store, known: Known<'q>) -> Self {
        let names = store.names();
        match test {
            Test::Severity(compare, severity) => Prepared::Severity(*compare, *severity),
            Test::Text(word) => {
                let words = Words::of(word, store.len() <= FUZZY);
                let all = |texts: &[&SafeText]| -> Vec<bool> {
                    let is =
                        |matcher: &mut Matcher, text: &&SafeText| words.match_shared(matcher, text.as_str());
                    texts.par_iter().map_init(matcher, is).collect()
                };
                let ids = all(&names.policies().iter().map(|policy| &policy.id).collect::<Vec<_>>());
                let titles = all(&names.policies().iter().map(|policy| &policy.title).collect::<Vec<_>>());
                let policies = ids.into_iter().zip(titles).map(|(id, title)| id || title).collect();
                let paths = all(&names.paths().iter().collect::<Vec<_>>());
                Prepared::Text { words, policies, paths }
            }
            Test::Facet(name, part) => match *name {
                "policy" => {
                    let part = Part::of(part);
                    let ids = names.policies().iter().map(|policy| part.is_in(policy.id.as_str()));
                    Prepared::Policy(ids.collect())
                }
                "control" => {
                    let part = Part::of(part);
                    let any = |policy: &PolicyText| {
                        policy.controls.iter().any(|control| part.is_in(control.as_str()))
                    };
                    Prepared::Policy(names.policies().iter().map(any).collect())
                }
                "owner" => {
                    let part = Part::of(part);
                    let any = |owners: &[String]| owners.iter().any(|owner| part.is_in(owner));
                    Prepared::Owners(names.lists().map(any).collect())
                }
                "path" => {
                    let part = Part::of(part);
                    Prepared::Path(names.paths().iter().map(|path| part.is_in(path.as_str())).collect())
                }
                "resource" => Prepared::Resource(Part::of(part)),
                _ => Prepared::Own(test, known),
            },
            Test::Age(..) => Prepared::Own(test, known),
        }
    }

    fn holds(&self, row: Row<'_>, matcher: &Matcher) -> bool {
        let said = |of: &[bool], number: usize| of.get(number).copied().unwrap_or(false);
        match self {
            Prepared::Severity(compare, severity) => compare.holds(&row.severity(), severity),
            Prepared::Policy(policies) => said(policies, row.policy_number()),
            Prepared::Path(paths) => said(paths, row.path_number()),
            Prepared::Owners(owners) => said(owners, row.owners_number()),
            Prepared::Text { words, policies, paths } => {
                said(policies, row.policy_number())
                    || said(paths, row.path_number())
                    || words.match_own(matcher, row)
            }
            Prepared::Resource(part) => part.is_in(row.raw_resource()),
            Prepared::Own(test, known) => own(test, row, *known),
        }
    }
}

/// What is asked of every row by itself.
fn own(test: &Test, row: Row<'_>, known: Known<'_>) -> bool {
    let origin = || known.origins.get(&row.key());
    match test {
        Test::Age(compare, days) => {
            origin().and_then(|origin| origin.days).is_some_and(|age| compare.holds(&age, days))
        }
        Test::Facet(name, part) => match *name {
            "status" => row.status_word().as_str().to_lowercase().starts_with(part.as_str()),
            "note" => known.desk.note(row.key()).is_some_and(|note| note.to_lowercase().contains(part)),
            "is" => is(row, part, known.desk),
            "commit" | "author" => {
                let commit = origin().and_then(|origin| origin.commit.as_deref());
                commit.is_some_and(|commit| match *name {
                    "commit" => commit.id.as_str().starts_with(part.as_str()),
                    _ => contains(commit.author.as_str(), part) || contains(commit.email.as_str(), part),
                })
            }
            _ => false,
        },
        Test::Severity(..) | Test::Text(_) => false,
    }
}

fn is(row: Row<'_>, flag: &str, desk: &Desk) -> bool {
    match flag {
        "reviewed" => desk.is_reviewed(row),
        "changed" => desk.is_changed(row),
        "marked" => desk.is_marked(row.key()),
        "noted" => desk.note(row.key()).is_some(),
        "new" => desk.is_new(row),
        "waived" => row.waived(),
        "open" => row.shelf() == Shelf::Fail && !row.waived(),
        _ => false,
    }
}

/// Splits at spaces outside quotes, which are left out.
fn words(text: &str) -> Vec<String> {
    let (mut found, mut word, mut quoted) = (Vec::new(), String::new(), false);
    for c in text.chars() {
        match c {
            '"' => quoted = !quoted,
            c if c.is_whitespace() && !quoted => found.push(std::mem::take(&mut word)),
            c => word.push(c),
        }
    }
    found.push(word);
    found.retain(|word| !word.is_empty());
    found
}

/// The alternatives of one word.
fn tests(word: &str) -> Result<Vec<Test>, String> {
    let split = Compare::SIGNS.iter().filter_map(|(sign, compare)| Some((word.find(sign)?, *sign, *compare)));
    // The first sign in the word; of two at one place the longer.
    let Some((at, sign, compare)) = split.min_by_key(|(at, sign, _)| (*at, std::cmp::Reverse(sign.len())))
    else {
        return Ok(vec![Test::Text(word.to_owned())]);
    };
    let (name, value) = (word.get(..at).unwrap_or_default(), word.get(at + sign.len()..).unwrap_or_default());
    let name = name.to_lowercase();
    let alias = match name.as_str() {
        "severity" => "sev",
        "file" => "path",
        "controls" => "control",
        other => other,
    };
    let Some((field, example)) = FIELDS.iter().find(|(field, _)| *field == alias) else {
        // `main.tf:12` and `pf1:8f68` are texts like any other; a mistyped field should not be.
        if name.is_empty() || !name.bytes().all(|byte| byte.is_ascii_alphabetic()) {
            return Ok(vec![Test::Text(word.to_owned())]);
        }
        let names: Vec<&str> = FIELDS.iter().map(|(field, _)| *field).collect();
        return Err(match nearest(&name, names.iter().copied()) {
            Some(meant) => format!("`{name}` is no field; did you mean `{meant}`?"),
            None => format!("`{name}` is no field: {}", names.join(", ")),
        });
    };
    let ordered = matches!(*field, "sev" | "age");
    if compare != Compare::Is && !ordered {
        return Err(format!("`{field}` has no order: write {example}"));
    }
    let values = value.split(',').map(str::trim).filter(|value| !value.is_empty());
    values.map(|value| test(field, compare, value)).collect()
}

fn test(field: &'static str, compare: Compare, value: &str) -> Result<Test, String> {
    let lower = value.to_lowercase();
    match field {
        "sev" => Severity::ALL
            .into_iter()
            .find(|severity| severity.as_str().starts_with(&lower))
            .map(|severity| Test::Severity(compare, severity))
            .ok_or_else(|| format!("`{value}` is no severity: critical, high, medium, low")),
        "age" => days(&lower)
            .map(|days| Test::Age(compare, days))
            .ok_or_else(|| format!("`{value}` is no age: 90d, 12w, 6m or 1y")),
        "is" => match FLAGS.iter().find(|flag| flag.starts_with(&lower)) {
            Some(flag) => Ok(Test::Facet(field, (*flag).to_owned())),
            None => Err(format!("`is:` knows {}", FLAGS.join(", "))),
        },
        _ => Ok(Test::Facet(field, lower)),
    }
}

/// `90d`, `12w`, `6m` (of 30 days), `1y` (of 365), or days.
fn days(text: &str) -> Option<i64> {
    let (number, unit) = match text.strip_suffix(['d', 'w', 'm', 'y']) {
        Some(number) => (number, text.get(number.len()..)?),
        None => (text, "d"),
    };
    let number: i64 = number.parse().ok().filter(|number| (0..1_000_000).contains(number))?;
    Some(
        number
            * match unit {
                "w" => 7,
                "m" => 30,
                "y" => 365,
                _ => 1,
            },
    )
}

/// What the word at the end of `text` could become, in order; each is the whole word.
pub fn candidates(text: &str, store: &Store) -> Vec<String> {
    let word = text.rsplit(char::is_whitespace).next().unwrap_or_default();
    let bare = word.strip_prefix('-').unwrap_or(word);
    let minus = word.get(..word.len() - bare.len()).unwrap_or_default();
    let Some(at) = bare.find([':', '=', '<', '>']) else {
        let fields = FIELDS.iter().filter(|(field, _)| field.starts_with(&bare.to_lowercase()));
        let with_sign = fields.map(|(field, example)| {
            let sign: String =
                example.chars().skip(field.len()).take_while(|c| "<>=:".contains(*c)).collect();
            format!("{minus}{field}{sign}")
        });
        return with_sign.take(OFFERED).collect();
    };
    let sign_ends =
        bare.get(at..).map_or(at, |rest| at + rest.chars().take_while(|c| ":=<>".contains(*c)).count());
    let (head, typed) = bare.split_at(sign_ends);
    let (earlier, last) = typed.rsplit_once(',').map_or(("", typed), |(earlier, last)| (earlier, last));
    let field = bare.get(..at).unwrap_or_default();
    let comma = if earlier.is_empty() { "" } else { "," };
    let lower = last.to_lowercase();
    let fits = |value: &&String| value.to_lowercase().starts_with(&lower) && value.as_str() != last;
    let whole = |value: &String| {
        let quote = if value.contains(' ') { "\"" } else { "" };
        format!("{minus}{head}{earlier}{comma}{quote}{value}{quote}")
    };
    values(field, store).iter().filter(fits).take(OFFERED).map(whole).collect()
}

/// The values that a field has among the findings.
fn values(field: &str, store: &Store) -> BTreeSet<String> {
    let rows = || store.iter();
    let own = |text: &SafeText| text.as_str().to_owned();
    match field {
        "sev" => Severity::ALL.iter().map(|severity| severity.as_str().to_owned()).collect(),
        "is" => FLAGS.iter().map(|flag| (*flag).to_owned()).collect(),
        "status" => rows().map(|row| own(&row.status_word())).collect(),
        "policy" => store.policies().iter().map(|policy| own(&policy.id)).collect(),
        "control" => store.policies().iter().flat_map(|policy| policy.controls.iter().map(own)).collect(),
        "owner" => {
            let owners: BTreeSet<&String> = rows().flat_map(|row| row.raw_owners()).collect();
            owners.into_iter().map(|owner| own(&SafeText::new(owner))).collect()
        }
        "age" => ["7d", "30d", "90d", "1y"].iter().map(|age| (*age).to_owned()).collect(),
        "path" => store
            .names()
            .paths()
            .iter()
            .map(|path| path.as_str().split_inclusive('/').next().unwrap_or_default().to_owned())
            .collect(),
        _ => BTreeSet::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problem(text: &str) -> Option<String> {
        Query::parse(text).problem
    }

    #[test]
    fn what_is_not_understood_is_said() {
        assert_eq!(problem("sev>=high control:GDPR -owner:@ml age<90d main.tf:12 pf1:8f6"), None);
        assert_eq!(problem("sevv:high").unwrap(), "`sevv` is no field; did you mean `sev`?");
        assert_eq!(problem("sev:urgent").unwrap(), "`urgent` is no severity: critical, high, medium, low");
        assert!(problem("xyz:1").unwrap().starts_with("`xyz` is no field: sev, status"));
        assert_eq!(problem("age<old").unwrap(), "`old` is no age: 90d, 12w, 6m or 1y");
        assert_eq!(problem("path>x").unwrap(), "`path` has no order: write path:infra/");
        assert!(problem("is:odd").unwrap().starts_with("`is:` knows reviewed"));
    }

    #[test]
    fn words_hold_together_in_quotes() {
        assert_eq!(words(r#"a "b c"  d:"e f""#), ["a", "b c", "d:e f"]);
        let query = Query::parse("sev:high,low");
        assert_eq!(query.terms[0].any.len(), 2);
        assert_eq!(Query::parse("sev:").terms, []);
        assert_eq!(days("2w"), Some(14));
        assert_eq!(days("1y"), Some(365));
        assert_eq!((days("x"), days("-1"), days("9999999999d")), (None, None, None));
    }

    #[test]
    fn fields_and_values_are_offered() {
        let store = Store::default();
        assert_eq!(candidates("se", &store), ["sev>="]);
        assert_eq!(candidates("x -po", &store), ["-policy:"]);
        assert_eq!(candidates("sev>=h", &store), ["sev>=high"]);
        assert_eq!(candidates("sev:high,l", &store), ["sev:high,low"]);
        assert_eq!(candidates("is:r", &store), ["is:reviewed"]);
        assert_eq!(candidates("zebra", &store), Vec::<String>::new());
    }
}
