//! Who stands behind a commit beside its author: trailers, merges, pull requests.

use crate::git::{LogEntry, Person};

/// The committer of what GitHub's web page makes: it names no person.
const WEB_FLOW: &str = "noreply@github.com";
const REVIEWING: [&str; 3] = ["reviewed-by", "approved-by", "acked-by"];

/// Everybody but the author and co-authors whom the trailers name, and whoever else merged it.
pub fn reviewers(commit: &LogEntry, merged_by: Option<&LogEntry>) -> Vec<String> {
    let mut makers = vec![commit.author.clone()];
    makers.extend(trailers(&commit.message, &["co-authored-by"]));
    let messages = [Some(commit), merged_by].into_iter().flatten();
    let named = messages.flat_map(|entry| trailers(&entry.message, &REVIEWING));
    let merging = merged_by.map(|merge| merge.author.clone());
    let people = named.chain(merging).filter(|person| !makers.iter().any(|maker| same(maker, person)));
    let mut shown: Vec<String> = people.map(|person| shown(&person)).collect();
    shown.sort();
    shown.dedup();
    shown
}

/// The number of the pull or merge request that brought a commit, where its or its merge's message has it.
pub fn pull_request(commit: &LogEntry, merged_by: Option<&LogEntry>) -> Option<String> {
    [Some(commit), merged_by].into_iter().flatten().find_map(|entry| number(&entry.message))
}

/// The number in a message.
pub fn number(message: &str) -> Option<String> {
    let digits = |text: &str| -> Option<String> {
        let digits: String = text.chars().take_while(char::is_ascii_digit).collect();
        (!digits.is_empty()).then_some(digits)
    };
    let subject = message.lines().next().unwrap_or("").trim();
    if let Some(rest) = subject.strip_prefix("Merge pull request #") {
        return digits(rest);
    }
    // A squash or rebase: `Fix the gate (#123)`.
    if let Some((_, last)) = subject.rsplit_once("(#")
        && let Some(inner) = last.strip_suffix(')')
        && inner.chars().all(|c| c.is_ascii_digit())
    {
        return digits(inner);
    }
    let request = message.lines().find_map(|line| line.trim().strip_prefix("See merge request "));
    request.and_then(|rest| digits(rest.rsplit_once('!')?.1))
}

/// Did a web page commit it after a review that it does not name?
pub fn by_web_page(commit: &LogEntry) -> bool {
    commit.committer.email == WEB_FLOW
}

/// `Key: Name <address>` in the last paragraphs of a message.
fn trailers(message: &str, keys: &[&str]) -> Vec<Person> {
    let lines = message.lines().filter_map(|line| line.split_once(':'));
    let named = lines.filter(|(key, _)| keys.contains(&key.trim().to_ascii_lowercase().as_str()));
    named.filter_map(|(_, value)| person(value)).collect()
}

fn person(text: &str) -> Option<Person> {
    let (name, email) = match text.split_once('<') {
        Some((name, rest)) => (name, rest.split('>').next().unwrap_or(rest)),
        None if text.contains('@') => ("", text),
        None => (text, ""),
    };
    let person = Person { name: name.trim().to_owned(), email: email.trim().to_owned() };
    (!person.name.is_empty() || !person.email.is_empty()).then_some(person)
}

/// One address is one person, however it is written; a name decides where there is no address.
fn same(a: &Person, b: &Person) -> bool {
    if a.email.is_empty() || b.email.is_empty() {
        return a.name.eq_ignore_ascii_case(&b.name);
    }
    a.email.eq_ignore_ascii_case(&b.email)
}

pub fn shown(person: &Person) -> String {
    if person.email.is_empty() { person.name.clone() } else { person.email.clone() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::git::Oid;

    fn commit(author: &str, message: &str) -> LogEntry {
        let person = |email: &str| Person { name: "Some Name".to_owned(), email: email.to_owned() };
        LogEntry {
            id: Oid::ZERO_SHA1,
            parents: Vec::new(),
            author: person(author),
            committer: person(author),
            date: String::new(),
            seconds: 0,
            message: message.to_owned(),
            signed: false,
            changes: Vec::new(),
        }
    }

    #[test]
    fn the_author_is_no_reviewer_of_her_own() {
        let message = "Lower it\n\nReviewed-by: Ada <ADA@x.org>\nacked-by: Bo <bo@x.org>\nApproved-by: cy@x.org\nCo-authored-by: Bo <bo@x.org>\n";
        assert_eq!(reviewers(&commit("ada@x.org", message), None), ["cy@x.org"]);
        assert_eq!(reviewers(&commit("dee@x.org", "Alone\n\nSee: reviewed-by nobody\n"), None), [""; 0]);
        assert_eq!(reviewers(&commit("dee@x.org", "x\n\nReviewed-by: Eve Roe\n"), None), ["Eve Roe"]);
    }

    #[test]
    fn another_person_s_merge_counts() {
        let own = commit("ada@x.org", "Work\n");
        assert_eq!(reviewers(&own, Some(&commit("bo@x.org", "Merge branch 'x'\n"))), ["bo@x.org"]);
        assert_eq!(reviewers(&own, Some(&commit("ada@x.org", "Merge branch 'x'\n"))), [""; 0]);
    }

    #[test]
    fn requests_are_found_in_messages() {
        for (message, want) in [
            ("Fix the gate (#123)", Some("123")),
            ("Merge pull request #7 from a/b\n\nx", Some("7")),
            ("Merge branch 'a' into 'main'\n\nSee merge request group/project!42", Some("42")),
            ("Fix (#12) twice", None),
            ("Fix (#12a)", None),
        ] {
            assert_eq!(pull_request(&commit("a@x", message), None).as_deref(), want, "{message}");
        }
        let merge = commit("b@x", "Merge pull request #9 from a/b");
        assert_eq!(pull_request(&commit("a@x", "Work"), Some(&merge)).as_deref(), Some("9"));
    }
}
