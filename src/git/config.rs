//! Git settings by where they come from: a repository's own settings are an outsider's input.
//!
//! Whoever hands over a repository also hands over its `.git/config`, and what that includes. A
//! value read from there may choose a key or a format; it may never name a program to run. So every
//! value keeps its level, and programs are looked up in the user's own levels only.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use git2::ConfigLevel;

use super::{Error, Repository};

/// The environment variables that Probity looks at, and the user's home folder.
///
/// A value, not the process environment: tests and the demo bring their own.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Environment {
    variables: BTreeMap<String, String>,
}

impl Environment {
    /// What the process was started with; variables that are no UTF-8 are left out.
    pub fn from_process() -> Self {
        let variables = std::env::vars_os()
            .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
            .collect();
        Self { variables }
    }

    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<String>) -> Self {
        self.variables.insert(name.to_owned(), value.into());
        self
    }

    /// A variable's value; an empty one counts as not set.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.variables.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }

    pub fn home(&self) -> Option<PathBuf> {
        self.get("HOME").map(PathBuf::from)
    }
}

/// Where a setting comes from, weakest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Origin {
    System,
    Global,
    Repository,
    Command,
}

impl Origin {
    fn of(level: ConfigLevel) -> Self {
        match level {
            ConfigLevel::ProgramData | ConfigLevel::System => Origin::System,
            ConfigLevel::XDG | ConfigLevel::Global => Origin::Global,
            // An unknown level is as trustworthy as the repository.
            _ => Origin::Repository,
        }
    }
}

/// All settings in force, each with its origin.
#[derive(Debug, Clone, Default)]
pub struct Settings {
    /// Sorted from the weakest origin to the strongest; names are lower case as libgit2 gives them.
    values: Vec<(Origin, String, String)>,
}

impl Repository {
    /// Reads system, global, repository and command-line settings.
    ///
    /// `GIT_CONFIG_GLOBAL`, `GIT_CONFIG_NOSYSTEM` and `GIT_CONFIG_COUNT` count as in git.
    pub fn settings(&self, environment: &Environment) -> Result<Settings, Error> {
        let mut values = Vec::new();
        collect(&self.inner.config()?, &mut values)?;
        if environment.get("GIT_CONFIG_NOSYSTEM").is_some_and(|value| value != "0" && value != "false") {
            values.retain(|(origin, ..)| *origin != Origin::System);
        }
        if let Some(file) = environment.get("GIT_CONFIG_GLOBAL") {
            values.retain(|(origin, ..)| *origin != Origin::Global);
            if Path::new(file).is_file() {
                let mut config = git2::Config::new()?;
                config.add_file(Path::new(file), ConfigLevel::Global, false)?;
                collect(&config, &mut values)?;
            }
        }
        let count = environment.get("GIT_CONFIG_COUNT").and_then(|n| n.parse().ok()).unwrap_or(0_usize);
        for number in 0..count.min(1_000) {
            let key = environment.get(&format!("GIT_CONFIG_KEY_{number}"));
            let value = environment.get(&format!("GIT_CONFIG_VALUE_{number}"));
            if let (Some(key), Some(value)) = (key, value) {
                values.push((Origin::Command, canonical(key), value.to_owned()));
            }
        }
        values.sort_by_key(|(origin, ..)| *origin); // stable: the last of equals still wins
        Ok(Settings { values })
    }
}

fn collect(config: &git2::Config, into: &mut Vec<(Origin, String, String)>) -> Result<(), Error> {
    let mut entries = config.entries(None)?;
    while let Some(entry) = entries.next() {
        let entry = entry?;
        // A name without a value is git's short form of `true`.
        let value = if entry.has_value() { entry.value().ok() } else { Some("true") };
        if let (Ok(name), Some(value)) = (entry.name(), value) {
            into.push((Origin::of(entry.level()), name.to_owned(), value.to_owned()));
        }
    }
    Ok(())
}

/// Section and variable names are case-insensitive, the part between them is not.
fn canonical(name: &str) -> String {
    match (name.find('.'), name.rfind('.')) {
        (Some(first), Some(last)) => {
            let (section, rest) = name.split_at(first);
            let (middle, variable) = rest.split_at(last - first);
            format!("{}{middle}{}", section.to_ascii_lowercase(), variable.to_ascii_lowercase())
        }
        _ => name.to_ascii_lowercase(),
    }
}

impl Settings {
    /// The value in force, from any origin. Never use it for a program.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.find(name, |_| true)
    }

    /// The value from the user's own levels; what the repository says is not looked at.
    pub fn get_trusted(&self, name: &str) -> Option<&str> {
        self.find(name, |origin| origin != Origin::Repository)
    }

    /// A switch, as git reads it; anything else counts as off.
    pub fn is_on(&self, name: &str) -> bool {
        self.get(name).is_some_and(|value| {
            matches!(value.to_ascii_lowercase().as_str(), "true" | "yes" | "on")
                || value.parse::<i64>().is_ok_and(|number| number != 0)
        })
    }

    /// Does the repository itself set this?
    pub fn set_by_repository(&self, name: &str) -> bool {
        let name = canonical(name);
        self.values.iter().any(|(origin, key, _)| *origin == Origin::Repository && *key == name)
    }

    /// The addresses of all remotes.
    pub fn remote_urls(&self) -> impl Iterator<Item = &str> {
        self.values
            .iter()
            .filter(|(_, key, _)| {
                key.strip_prefix("remote.").and_then(|rest| rest.strip_suffix(".url")).is_some()
            })
            .map(|(.., value)| value.as_str())
    }

    fn find(&self, name: &str, allowed: impl Fn(Origin) -> bool) -> Option<&str> {
        let name = canonical(name);
        let found = self.values.iter().rev().find(|(origin, key, _)| allowed(*origin) && *key == name);
        found.map(|(.., value)| value.as_str()).filter(|value| !value.is_empty())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_compared_as_git_compares_them() {
        assert_eq!(canonical("Gpg.SSH.Program"), "gpg.SSH.program");
        assert_eq!(canonical("User.SigningKey"), "user.signingkey");
    }

    #[test]
    fn programs_come_from_the_user_only() {
        let folder = tempfile::tempdir().unwrap();
        let inner = git2::Repository::init(folder.path()).unwrap();
        inner.config().unwrap().set_str("gpg.ssh.program", "./evil.sh").unwrap();
        std::fs::write(folder.path().join("more"), "[gpg \"ssh\"]\n\tdefaultKeyCommand = ./evil.sh\n")
            .unwrap();
        inner.config().unwrap().set_str("include.path", "../more").unwrap();
        let repository = Repository::of(inner);
        let environment = Environment::default()
            .with("GIT_CONFIG_GLOBAL", "/dev/null")
            .with("GIT_CONFIG_NOSYSTEM", "1")
            .with("GIT_CONFIG_COUNT", "1")
            .with("GIT_CONFIG_KEY_0", "user.SigningKey")
            .with("GIT_CONFIG_VALUE_0", "/k");
        let settings = repository.settings(&environment).unwrap();
        assert_eq!(settings.get("gpg.ssh.program"), Some("./evil.sh"));
        assert_eq!(settings.get_trusted("gpg.ssh.program"), None);
        assert_eq!(settings.get("gpg.ssh.defaultKeyCommand"), Some("./evil.sh"));
        assert_eq!(settings.get_trusted("gpg.ssh.defaultKeyCommand"), None);
        assert!(settings.set_by_repository("gpg.ssh.program"));
        assert_eq!(settings.get_trusted("user.signingKey"), Some("/k"));
    }
}
