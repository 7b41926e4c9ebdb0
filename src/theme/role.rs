//! The roles that text on the screen can play.

use crate::model::Severity;

macro_rules! roles {
    ($($(#[$doc:meta])* $variant:ident = $name:literal,)*) => {
        /// What a piece of the screen means; a theme says what that looks like.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Role { $($(#[$doc])* $variant,)* }

        impl Role {
            pub const ALL: &'static [Role] = &[$(Role::$variant,)*];

            /// As theme files write it.
            pub fn name(self) -> &'static str {
                match self { $(Role::$variant => $name,)* }
            }
        }
    };
}

roles! {
    /// Everything without another role; its background fills the screen.
    Plain = "text.plain",
    /// What may be overlooked: labels, hints, units.
    Dim = "text.dim",
    /// What should not be.
    Strong = "text.strong",
    /// A character shown under another name: controls, broken UTF-8.
    Escaped = "text.escaped",
    /// A character that deceives: bidirectional, invisible.
    Danger = "text.danger",
    /// Suspicious, but readable as it is.
    TextWarn = "text.warn",
    /// Lines between panes.
    Rule = "chrome.rule",
    /// Repository, branch, head.
    Header = "chrome.header",
    /// A screen that is not shown.
    Tab = "chrome.tab",
    /// The screen that is shown.
    TabActive = "chrome.tab_active",
    /// What the keys at the bottom do.
    Footer = "chrome.footer",
    /// The name of a key.
    Key = "chrome.key",
    /// The title of a pane.
    Title = "chrome.title",
    /// The row the cursor is on.
    Cursor = "row.cursor",
    /// The head of a group.
    Group = "row.group",
    /// A waived finding.
    RowWaived = "row.waived",
    Critical = "severity.critical",
    High = "severity.high",
    Medium = "severity.medium",
    Low = "severity.low",
    /// Nothing excuses it.
    StatusOpen = "status.open",
    /// A waiver in force excuses it.
    StatusWaived = "status.waived",
    /// A waiver excused it and does no longer.
    StatusExpired = "status.expired",
    /// Needs a person: review and inconclusive.
    StatusReview = "status.review",
    Added = "diff.added",
    Removed = "diff.removed",
    Hunk = "diff.hunk",
    Context = "diff.context",
    /// Line numbers.
    Number = "code.number",
    /// The span that caused the finding.
    Mark = "code.mark",
    /// The line under it that points.
    Caret = "code.caret",
    Ok = "message.ok",
    Info = "message.info",
    Warn = "message.warn",
    Error = "message.error",
    /// A field.
    Input = "input.text",
    /// The field that takes the keys.
    InputActive = "input.active",
    InputCursor = "input.cursor",
    /// What the filter found.
    Match = "match.text",
    Progress = "progress.bar",
}

impl Role {
    pub fn severity(severity: Severity) -> Self {
        match severity {
            Severity::Critical => Role::Critical,
            Severity::High => Role::High,
            Severity::Medium => Role::Medium,
            Severity::Low => Role::Low,
        }
    }

    pub fn from_name(name: &str) -> Option<Self> {
        Role::ALL.iter().copied().find(|role| role.name() == name)
    }
}
