//! CODEOWNERS to rules: `[{pattern, owners, section}]`, in the order of the file.
//!
//! The forms of GitHub and GitLab; GitLab adds sections, `[Name][approvals] @default` and `^[Name]`
//! for optional ones. <https://docs.github.com/articles/about-code-owners>,
//! <https://docs.gitlab.com/user/project/codeowners/reference/>

use super::{Entry, Node, Value};
use crate::model::Span;

/// Rules that one file may have; GitHub's own limit is 3 MB of text.
const MAX_RULES: usize = 50_000;

/// The rules, and the byte offset at which reading ended early, if it did.
pub fn parse(text: &str) -> (Node, Option<(usize, String)>) {
    let mut rules = Vec::new();
    let mut section: Option<Section> = None;
    let mut stopped = None;
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        let at = start;
        start += line.len();
        let body = line.trim_end();
        if body.trim_start().is_empty() || body.trim_start().starts_with('#') {
            continue;
        }
        if let Some(found) = Section::of(body, at) {
            section = Some(found);
            continue;
        }
        if rules.len() == MAX_RULES {
            stopped = Some((at, format!("more than {MAX_RULES} rules")));
            break;
        }
        rules.extend(rule(body, at, section.as_ref()));
    }
    let whole = Span::new(0, text.len());
    (Node::new(Value::List(rules), whole), stopped)
}

struct Section {
    name: Node,
    optional: bool,
    /// For rules of the section that name no owner.
    owners: Vec<Node>,
}

impl Section {
    /// `[Name]`, `^[Name][2] @default`. GitHub has no sections, and no pattern may start with `[`.
    fn of(line: &str, at: usize) -> Option<Section> {
        let optional = line.starts_with('^');
        let open = usize::from(optional);
        let rest = line.get(open..)?.strip_prefix('[')?;
        let (name, after) = rest.split_once(']')?;
        let name_at = at + open + 1;
        let approvals = after.strip_prefix('[').and_then(|rest| rest.split_once(']')).map_or("", |(n, _)| n);
        let skipped = if approvals.is_empty() { 0 } else { approvals.len() + 2 };
        let owners_at = name_at + name.len() + 1 + skipped;
        let owners = words(after.get(skipped..)?, owners_at);
        let name = Node::string(name, Span::new(name_at, name_at + name.len()));
        Some(Section { name, optional, owners })
    }
}

fn rule(line: &str, at: usize, section: Option<&Section>) -> Option<Node> {
    let mut words = words(line, at).into_iter();
    let pattern = words.next()?;
    let mut owners: Vec<Node> = words.collect();
    if let Some(section) = section.filter(|_| owners.is_empty()) {
        owners.clone_from(&section.owners);
    }
    let span = Span::new(pattern.span.start, at + line.len());
    let entry = |key: &str, node: Node| Entry { key: key.to_owned(), key_span: node.span, node };
    let owners_span = owners.first().map_or(pattern.span, |first| first.span);
    let mut entries = vec![
        entry("pattern", pattern),
        Entry {
            key: "owners".to_owned(),
            key_span: owners_span,
            node: Node::new(Value::List(owners), owners_span),
        },
    ];
    if let Some(section) = section {
        entries.push(entry("section", section.name.clone()));
        entries.push(entry("optional", Node::new(Value::Bool(section.optional), section.name.span)));
    }
    Some(Node::new(Value::Map(entries), span))
}

/// Words with their places. A backslash keeps the space after it in the word; ` #` starts a comment.
fn words(text: &str, at: usize) -> Vec<Node> {
    let mut found = Vec::new();
    let mut word = String::new();
    let mut from = 0;
    let mut escaped = false;
    for (offset, character) in text.char_indices().chain([(text.len(), ' ')]) {
        if escaped {
            escaped = false;
            if !character.is_whitespace() && character != '#' {
                word.push('\\');
            }
            word.push(character);
        } else if character.is_whitespace() {
            if !word.is_empty() {
                found.push(Node::string(std::mem::take(&mut word), Span::new(at + from, at + offset)));
            }
        } else if character == '#' && word.is_empty() {
            break;
        } else {
            if word.is_empty() {
                from = offset;
            }
            escaped = character == '\\';
            if !escaped {
                word.push(character);
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;
    use crate::source::SourceText;

    #[test]
    fn rules_in_order_with_places() {
        let text = "# team\n*   @org/all docs@example.com # everyone\n/my\\ folder/  @é\n\n/free\n";
        let (node, stopped) = parse(text);
        assert_eq!(stopped, None);
        assert_eq!(
            node.to_json(),
            json!([
                {"pattern": "*", "owners": ["@org/all", "docs@example.com"]},
                {"pattern": "/my folder/", "owners": ["@é"]},
                {"pattern": "/free", "owners": []},
            ])
        );
        let source = SourceText::new(text);
        let owner = &node.items()[0].get("owners").unwrap().items()[1];
        assert_eq!(source.slice(owner.span), "docs@example.com");
        assert_eq!(source.slice(node.items()[1].get("pattern").unwrap().span), "/my\\ folder/");
    }

    #[test]
    fn gitlab_sections_give_their_owners() {
        let (node, _) = parse("[Models][2] @ml\nmodels/\n/x @y\n^[Docs]\n*.md\n");
        assert_eq!(
            node.to_json(),
            json!([
                {"pattern": "models/", "owners": ["@ml"], "section": "Models", "optional": false},
                {"pattern": "/x", "owners": ["@y"], "section": "Models", "optional": false},
                {"pattern": "*.md", "owners": [], "section": "Docs", "optional": true},
            ])
        );
    }

    #[test]
    fn the_number_of_rules_is_limited() {
        let (node, stopped) = parse(&"* @a\n".repeat(MAX_RULES + 1));
        assert_eq!(node.items().len(), MAX_RULES);
        assert_eq!(stopped.map(|(at, _)| at), Some(5 * MAX_RULES));
    }

    proptest! {
        #[test]
        fn no_text_panics(text in "[\\[\\]^*/ @#\\\\a\n]{0,60}|\\PC{0,60}") {
            let (node, _) = parse(&text);
            prop_assert!(node.items().iter().all(|rule| text.get(rule.span.start..rule.span.end).is_some()));
        }
    }
}
