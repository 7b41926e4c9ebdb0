//! The commit at which a finding's verdict flipped to fail.

use serde::Serialize;

use super::Verdict;

/// A commit, as much of it as people read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CommitInfo {
    /// Full object id in hex.
    pub id: String,
    pub author: String,
    pub email: String,
    /// Committer date, RFC 3339 with the committer's own offset.
    pub date: String,
    /// Seconds since the epoch, for ages.
    #[serde(skip)]
    pub seconds: i64,
    pub subject: String,
}

/// How the verdict came to be what it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum OriginKind {
    /// The policy passes at every parent and fails at this commit.
    Introduced,
    /// It already fails at a root commit: there is no before.
    Root,
    /// It fails at the oldest commit that this clone has; the true origin lies beyond.
    HistoryCut,
    /// It fails in the work tree and passes at HEAD.
    Uncommitted,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum DiffLineKind {
    Hunk,
    Context,
    Added,
    Removed,
}

/// One line of a commit's diff; the text has no line end.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DiffLine {
    pub kind: DiffLineKind,
    pub text: String,
    /// Line number in the new file (old file for removed lines), from 1.
    pub line: Option<u32>,
    pub path: String,
    /// It was added, removed or changed where the verdict rests on something.
    pub cause: bool,
}

/// What a commit made of a verdict.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Flip {
    /// At its first parent: `pass` also where there was no such thing, `not-evaluated` where nobody can say, and
    /// `None` where there is no commit before.
    pub before: Option<Verdict>,
    pub after: Verdict,
    /// What the verdict is evaluated from, as the commit changed it: what has the cause comes first.
    pub diff: Vec<DiffLine>,
}

/// Where a finding comes from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Origin {
    pub kind: OriginKind,
    /// `None` only when the change is not committed yet.
    pub commit: Option<CommitInfo>,
    /// Whose key of the trust data signed that commit; `None`: its author field is a claim, and all there is.
    pub signed_by: Option<String>,
    /// The merge that brought `commit` to the audited line, if one did.
    pub merged_by: Option<CommitInfo>,
    /// How many commits' verdicts were looked at, for the sceptical reader.
    pub evaluated: usize,
    #[serde(flatten)]
    pub flip: Flip,
    /// Anything that limits the answer: "shallow clone", "policy error at abc123".
    pub notes: Vec<String>,
}

impl Origin {
    /// What is known of who made the commit, in words.
    pub fn identity(&self) -> String {
        match &self.signed_by {
            Some(person) => format!("signed by {person} (identity verified)"),
            None => "identity unverified".to_owned(),
        }
    }
}
