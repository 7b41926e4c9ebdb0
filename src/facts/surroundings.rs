//! What policies may read beside the documents: the audited files, the records, git's history, the clock.
//!
//! Facts are made of documents alone. What only git, the register or the caller knows is made by
//! `audit` and handed in here; the default is an audit of which nothing of the kind is known.

use std::collections::{BTreeMap, BTreeSet};

use data_encoding::HEXLOWER;
use md5::{Digest as _, Md5};
use serde_json::{Map, Value as Json};

/// What an audit knows beside its documents.
#[derive(Debug, Clone, Default)]
pub struct Surroundings {
    /// The size of every audited file, by its path.
    pub files: BTreeMap<String, u64>,
    /// The content of the files that `dvc.lock` files name, by path; `None` where it is too large to read.
    pub blobs: BTreeMap<String, Option<Blob>>,
    /// Texts for people about governance, by path: no document is made of them.
    pub texts: BTreeMap<String, String>,
    /// The verified records.
    pub waivers: Vec<Json>,
    /// What git knows up to the audited commit.
    pub history: Map<String, Json>,
    /// The instant of the audit, RFC 3339, UTC.
    pub now: String,
}

/// What a file holds, as DVC writes it down.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Blob {
    pub md5: String,
    /// With line ends as DVC counted them before its version 3; only where that makes a difference.
    pub md5_of_text: Option<String>,
    pub size: u64,
}

impl Blob {
    pub fn of(bytes: &[u8]) -> Self {
        let md5 = |bytes: &[u8]| HEXLOWER.encode(&Md5::digest(bytes));
        // A null byte makes it no text; DVC looks at the beginning only.
        let text = !bytes.iter().take(512).any(|byte| *byte == 0);
        let carriage = text && bytes.windows(2).any(|pair| pair == b"\r\n");
        let plain = carriage.then(|| {
            let mut plain = Vec::with_capacity(bytes.len());
            let mut rest = bytes.iter().peekable();
            while let Some(byte) = rest.next() {
                if *byte != b'\r' || rest.peek() != Some(&&b'\n') {
                    plain.push(*byte);
                }
            }
            md5(&plain)
        });
        Self { md5: md5(bytes), md5_of_text: plain, size: bytes.len() as u64 }
    }
}

/// Which members of `input` somebody reads: the repository's input is large, and is made only as far as
/// it is looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reads {
    Everything,
    Only(BTreeSet<String>),
}

impl Default for Reads {
    fn default() -> Self {
        Reads::Only(BTreeSet::new())
    }
}

impl Reads {
    /// Of the paths that modules read: `input.documents[].kind` reads `documents`. Of the history, which is another one
    /// at every commit, the part counts: `history.changes`, and `history` alone for all of it.
    pub fn of<'p>(paths: impl IntoIterator<Item = &'p str>) -> Self {
        let mut members = BTreeSet::new();
        for path in paths {
            let Some(rest) = path.strip_prefix("input.") else { return Reads::Everything };
            let mut steps = rest.split(['.', '[']);
            let Some(member) = steps.next() else { continue };
            let is_name =
                |part: &&str| part.chars().all(|c| c.is_alphanumeric() || c == '_') && !part.is_empty();
            let part = steps.next().filter(|part| member == HISTORY && is_name(part));
            members.insert(part.map_or_else(|| member.to_owned(), |part| format!("{HISTORY}.{part}")));
        }
        Reads::Only(members)
    }

    #[must_use]
    pub fn and(self, other: &Reads) -> Self {
        match (self, other) {
            (Reads::Only(mut own), Reads::Only(other)) => {
                own.extend(other.iter().cloned());
                Reads::Only(own)
            }
            _ => Reads::Everything,
        }
    }

    pub fn member(&self, name: &str) -> bool {
        match self {
            Reads::Everything => true,
            Reads::Only(members) if name == HISTORY => {
                members.iter().any(|member| member.split('.').next() == Some(HISTORY))
            }
            Reads::Only(members) => members.contains(name),
        }
    }

    /// Is one of these among what is read? Parts of the history are named with it: `history.changes`.
    pub fn any_of(&self, changed: &BTreeSet<String>) -> bool {
        match self {
            Reads::Everything => !changed.is_empty(),
            Reads::Only(members) => changed.iter().any(|name| {
                members.contains(name) || name.starts_with("history.") && members.contains(HISTORY)
            }),
        }
    }
}

const HISTORY: &str = "history";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_step_of_a_path_is_what_is_read() {
        let reads = Reads::of(["input.documents[].kind", "input.history.commits", "input.now"]);
        for (member, read) in [("documents", true), ("history", true), ("now", true), ("files", false)] {
            assert_eq!(reads.member(member), read, "{member}");
        }
        let changed = |names: &[&str]| names.iter().map(|&name| name.to_owned()).collect::<BTreeSet<_>>();
        assert!(
            reads.any_of(&changed(&["history.commits"])) && !reads.any_of(&changed(&["history.changes"]))
        );
        let whole = Reads::of(["input.history[x]"]);
        assert!(whole.any_of(&changed(&["history.changes"])) && whole.member("history"));
        assert!(!Reads::default().member("history"));
    }

    #[test]
    fn line_ends_make_another_digest() {
        let (unix, dos) = (Blob::of(b"a\nb\n"), Blob::of(b"a\r\nb\r\n"));
        assert_eq!(unix.md5, "dd8c6a395b5dd36c56d23275028f526c");
        assert_eq!((unix.md5_of_text, dos.md5_of_text), (None, Some(unix.md5)));
        assert_eq!(Blob::of(b"\0\r\n").md5_of_text, None, "binary content is not text");
    }

    #[test]
    fn who_hands_the_whole_on_reads_everything() {
        assert_eq!(Reads::of(["input.now", "input"]), Reads::Everything);
        assert_eq!(Reads::of(["input[]"]), Reads::Everything);
        assert_eq!(Reads::of(["input.now"]).and(&Reads::Everything), Reads::Everything);
        assert!(Reads::of(["input.now"]).and(&Reads::of(["input.files"])).member("files"));
    }
}
