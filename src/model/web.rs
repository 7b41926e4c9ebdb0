//! Where a repository can be looked at in a browser, as its remote's address says.
//!
//! Only `https` links are made, of host and path alone: what a remote's address says beside (names, passwords, ports of
//! other protocols) goes into no link.

/// A repository's pages at a forge.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Web {
    /// `https://host/group/name`
    base: String,
    style: Style,
}

/// How a forge names its pages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Style {
    /// <https://docs.github.com/en/repositories/working-with-files/using-files/getting-permanent-links-to-files>
    GitHub,
    /// <https://docs.gitlab.com/user/project/repository/files/>
    GitLab,
    Bitbucket,
    /// Forgejo, too.
    Gitea,
}

impl Web {
    /// Of a remote's address: `https://host/path.git`, `ssh://git@host:22/path`, `git@host:path`.
    pub fn of(remote: &str) -> Option<Self> {
        let (host, path) = match remote.split_once("://") {
            Some(("https" | "http" | "ssh" | "git" | "git+ssh", rest)) => {
                let (authority, path) = rest.split_once('/')?;
                let host = authority.rsplit('@').next()?;
                (host.split(':').next()?, path)
            }
            Some(_) => return None,
            None => {
                let (authority, path) = remote.split_once(':')?;
                (authority.rsplit('@').next()?, path)
            }
        };
        let path = path.trim_matches('/');
        let path = path.strip_suffix(".git").unwrap_or(path);
        let plain = |text: &str, more: &[u8]| {
            !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || more.contains(&byte))
        };
        // A name without a dot is no host of the net: a drive, or a nickname in an ssh configuration.
        if !plain(host, b".-") || !host.contains('.') || !plain(path, b"._-~/") || path.contains("..") {
            return None;
        }
        let style = match host {
            host if host.contains("gitlab") => Style::GitLab,
            host if host.contains("bitbucket") => Style::Bitbucket,
            host if ["gitea", "forgejo", "codeberg"].iter().any(|forge| host.contains(forge)) => Style::Gitea,
            _ => Style::GitHub,
        };
        Some(Self { base: format!("https://{host}/{path}"), style })
    }

    /// A commit's page; `id` in hex.
    pub fn commit(&self, id: &str) -> String {
        let base = &self.base;
        match self.style {
            Style::GitHub | Style::Gitea => format!("{base}/commit/{id}"),
            Style::GitLab => format!("{base}/-/commit/{id}"),
            Style::Bitbucket => format!("{base}/commits/{id}"),
        }
    }

    /// A line of a file as a commit has it.
    pub fn file(&self, id: &str, path: &str, line: u32) -> String {
        let (base, path) = (&self.base, encoded(path));
        match self.style {
            Style::GitHub => format!("{base}/blob/{id}/{path}#L{line}"),
            Style::GitLab => format!("{base}/-/blob/{id}/{path}#L{line}"),
            Style::Bitbucket => format!("{base}/src/{id}/{path}#lines-{line}"),
            Style::Gitea => format!("{base}/src/commit/{id}/{path}#L{line}"),
        }
    }
}

/// As RFC 3986 has paths; everything that could mean something is written with `%`.
fn encoded(path: &str) -> String {
    use std::fmt::Write as _;
    path.bytes().fold(String::new(), |mut out, byte| {
        if byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte) {
            out.push(char::from(byte));
        } else {
            let _ = write!(out, "%{byte:02X}");
        }
        out
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_are_made_of_host_and_path() {
        for (remote, base) in [
            ("https://github.com/acme/ml.git", "https://github.com/acme/ml"),
            ("https://kim:secret@github.com/acme/ml/", "https://github.com/acme/ml"),
            ("ssh://git@code.example.org:2222/acme/ml.git", "https://code.example.org/acme/ml"),
            ("git@github.com:acme/ml.git", "https://github.com/acme/ml"),
        ] {
            assert_eq!(Web::of(remote).map(|web| web.base).as_deref(), Some(base), "{remote}");
        }
        for odd in [
            "/srv/git/ml.git",
            "C:/ml",
            "file:///srv/ml",
            "javascript://x.y/%0aalert(1)",
            "https://github.com/a\u{1b}]0;b",
            "https://github.com/",
            "https://github.com/../ml",
            "",
        ] {
            assert_eq!(Web::of(odd), None, "{odd}");
        }
        let web = |remote: &str| Web::of(remote).unwrap();
        assert_eq!(
            web("https://github.com/a/b").file("f00", "infra/a b#?.tf", 7),
            "https://github.com/a/b/blob/f00/infra/a%20b%23%3F.tf#L7"
        );
        assert_eq!(
            web("https://gitlab.example.org/g/s/b").file("f00", "ü.tf", 7),
            "https://gitlab.example.org/g/s/b/-/blob/f00/%C3%BC.tf#L7"
        );
        assert_eq!(web("git@gitlab.com:g/b").commit("f00"), "https://gitlab.com/g/b/-/commit/f00");
    }
}
