//! Temporary repositories made with the git program, and Probity run in them, in an environment that
//! knows nothing of the machine's own settings.
#![allow(dead_code)] // each test file uses a part
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)] // a helper of tests only

use std::ffi::OsStr;
use std::fs::File;
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value as Json;

/// What no run may take, whatever it is given; far above what any takes.
const LIMIT: Duration = Duration::from_secs(90);

/// How a run of Probity ended.
pub struct Run {
    pub code: i32,
    pub raw: Vec<u8>,
    pub out: String,
    pub err: String,
    pub took: Duration,
}

impl Run {
    #[track_caller]
    pub fn expect(self, code: i32) -> Self {
        assert_eq!(self.code, code, "exit code\n--- out\n{}\n--- err\n{}", self.out, self.err);
        assert!(!self.err.contains("panicked"), "{}", self.err);
        self
    }

    #[track_caller]
    pub fn json(&self) -> Json {
        serde_json::from_slice(&self.raw)
            .unwrap_or_else(|error| panic!("{error}\n--- out\n{}\n--- err\n{}", self.out, self.err))
    }
}

/// A folder with an empty home and a repository on `main`. Removed with the value.
pub struct Repo {
    folder: tempfile::TempDir,
    pub path: PathBuf,
    seconds: std::cell::Cell<u32>,
    /// The only policies that `check`, `trace` and `history` judge by; all where there are none.
    only: Vec<String>,
}

impl Repo {
    pub fn new() -> Self {
        let repo = Self::bare_folder();
        repo.git_in(repo.outside(), &["init", "-q", "-b", "main", "repo"]);
        repo
    }

    /// One that only these policies judge, so that a test counts what it is about and nothing else.
    pub fn judged_by(policies: &[&str]) -> Self {
        Self { only: policies.iter().map(|&policy| policy.to_owned()).collect(), ..Self::new() }
    }

    /// The environment without the repository: `path` does not exist yet.
    pub fn bare_folder() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().canonicalize().unwrap();
        std::fs::create_dir(root.join("home")).unwrap();
        std::fs::write(root.join("home/gitconfig"), "").unwrap();
        Self { folder, path: root.join("repo"), seconds: std::cell::Cell::new(0), only: Vec::new() }
    }

    /// The folder around the repository.
    pub fn outside(&self) -> &Path {
        self.path.parent().unwrap()
    }

    fn command(&self, program: impl AsRef<OsStr>, folder: &Path) -> Command {
        let home = self.outside().join("home");
        // A minute between any two commits, from a fixed instant on.
        let seconds = 1_767_225_600 + self.seconds.get();
        let date = format!("{seconds} +0000");
        let mut command = Command::new(program);
        command
            .current_dir(folder)
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("HOME", &home)
            .env("LC_ALL", "C")
            .env("GIT_CONFIG_GLOBAL", home.join("gitconfig"))
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .env("GIT_CEILING_DIRECTORIES", self.outside())
            .env("GIT_TERMINAL_PROMPT", "0")
            .env("GIT_AUTHOR_NAME", "Ada Author")
            .env("GIT_AUTHOR_EMAIL", "ada@example.com")
            .env("GIT_AUTHOR_DATE", &date)
            .env("GIT_COMMITTER_NAME", "Carl Committer")
            .env("GIT_COMMITTER_EMAIL", "carl@example.com")
            .env("GIT_COMMITTER_DATE", &date)
            .stdin(Stdio::null());
        for (variable, name) in [
            ("XDG_CONFIG_HOME", "config"),
            ("XDG_STATE_HOME", "state"),
            ("XDG_DATA_HOME", "data"),
            ("XDG_CACHE_HOME", "cache"),
        ] {
            command.env(variable, home.join(name));
        }
        command
    }

    #[track_caller]
    pub fn git(&self, args: &[&str]) -> String {
        self.git_in(&self.path, args)
    }

    #[track_caller]
    pub fn git_in(&self, folder: &Path, args: &[&str]) -> String {
        let output = self.command("git", folder).args(args).output().unwrap();
        assert!(output.status.success(), "git {args:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8_lossy(&output.stdout).trim_end().to_owned()
    }

    /// Does git do this here? For features that only newer versions have.
    pub fn git_can(&self, folder: &Path, args: &[&str]) -> bool {
        self.command("git", folder).args(args).output().unwrap().status.success()
    }

    pub fn write(&self, path: &str, content: impl AsRef<[u8]>) {
        self.write_bytes(path.as_bytes(), content);
    }

    /// A file whose name need not be UTF-8.
    pub fn write_bytes(&self, path: &[u8], content: impl AsRef<[u8]>) {
        let file = self.path.join(OsStr::from_bytes(path));
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(file, content).unwrap();
    }

    pub fn remove(&self, path: &str) {
        std::fs::remove_file(self.path.join(path)).unwrap();
    }

    /// Commits everything; gives the commit's id.
    #[track_caller]
    pub fn commit(&self, message: &str) -> String {
        self.seconds.set(self.seconds.get() + 60);
        self.git(&["add", "--all"]);
        self.git(&["commit", "-q", "--allow-empty", "-m", message]);
        self.git(&["rev-parse", "HEAD"])
    }

    /// Writes one file and commits everything.
    #[track_caller]
    pub fn put(&self, path: &str, content: impl AsRef<[u8]>) -> String {
        self.write(path, content);
        self.commit(&format!("Write {path}"))
    }

    pub fn branch(&self, name: &str) {
        self.git(&["switch", "-q", "-c", name]);
    }

    pub fn switch(&self, name: &str) {
        self.git(&["switch", "-q", name]);
    }

    /// A merge commit, even where git could go without; gives its id.
    #[track_caller]
    pub fn merge(&self, branch: &str) -> String {
        self.seconds.set(self.seconds.get() + 60);
        self.git(&["merge", "-q", "--no-ff", "-m", &format!("Merge {branch}"), branch]);
        self.git(&["rev-parse", "HEAD"])
    }

    /// The variables that a run gets, for programs that are started elsewhere.
    pub fn environment(&self) -> Vec<(String, String)> {
        let command = self.command("true", &self.path);
        let set = command.get_envs().filter_map(|(name, value)| Some((name.to_str()?, value?.to_str()?)));
        set.map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
    }

    /// Runs Probity in the repository.
    #[track_caller]
    pub fn probity(&self, args: &[&str]) -> Run {
        self.probity_in(&self.path, args)
    }

    #[track_caller]
    pub fn probity_in(&self, folder: &Path, args: &[&str]) -> Run {
        let (out, err) = (self.outside().join("stdout"), self.outside().join("stderr"));
        let judges = args.first().is_some_and(|command| ["check", "trace", "history"].contains(command));
        let only = self.only.iter().filter(|_| judges).flat_map(|policy| ["--only", policy]);
        let start = Instant::now();
        let mut child = self
            .command(env!("CARGO_BIN_EXE_probity"), folder)
            .args(args)
            .args(only)
            .stdout(File::create(&out).unwrap())
            .stderr(File::create(&err).unwrap())
            .spawn()
            .unwrap();
        let status = loop {
            if let Some(status) = child.try_wait().unwrap() {
                break status;
            }
            if start.elapsed() > LIMIT {
                child.kill().unwrap();
                child.wait().unwrap();
                panic!("probity {args:?} did not end within {LIMIT:?}");
            }
            std::thread::sleep(Duration::from_millis(5));
        };
        let raw = std::fs::read(&out).unwrap();
        Run {
            code: status.code().unwrap_or_else(|| panic!("probity {args:?} died: {status}")),
            out: String::from_utf8_lossy(&raw).into_owned(),
            raw,
            err: String::from_utf8_lossy(&std::fs::read(&err).unwrap()).into_owned(),
            took: start.elapsed(),
        }
    }

    /// `probity check --format json` with more arguments; whatever the exit code.
    #[track_caller]
    pub fn report(&self, args: &[&str]) -> Json {
        self.probity(&[&["check", "--format", "json"], args].concat()).json()
    }

    /// The origin of the one finding of a policy.
    #[track_caller]
    pub fn origin(&self, policy: &str) -> Json {
        self.origin_at(policy, &[])
    }

    #[track_caller]
    pub fn origin_at(&self, policy: &str, args: &[&str]) -> Json {
        let run = self.probity(&[&["trace", "--all", "--format", "json"], args].concat()).expect(0);
        let traced = run.json();
        let mut mine: Vec<&Json> =
            traced.as_array().unwrap().iter().filter(|item| item["policy"] == policy).collect();
        assert_eq!(mine.len(), 1, "findings of {policy} in {}", run.out);
        mine.remove(0)["origin"].clone()
    }
}

/// The findings of one policy in a report.
pub fn of_policy<'r>(report: &'r Json, policy: &str) -> Vec<&'r Json> {
    report["findings"].as_array().unwrap().iter().filter(|finding| finding["policy"] == policy).collect()
}

/// All strings below a key of every member of a list: `texts(&report["findings"], "policy")`.
pub fn texts<'r>(list: &'r Json, key: &str) -> Vec<&'r str> {
    list.as_array().unwrap().iter().map(|item| item[key].as_str().unwrap()).collect()
}

pub const TAGS: &str = "{ ai-system = \"s\", owner = \"o\", data-classification = \"d\", risk-class = \"low\", environment = \"e\" }";

/// A notebook that violates PB-NET-001 (high) when `access` is `"Enabled"`, and nothing else.
/// `access` is an expression.
pub fn notebook(name: &str, access: &str) -> String {
    format!(
        "resource \"aws_sagemaker_notebook_instance\" \"{name}\" {{\n  name                   = \"{name}\"\n  \
         direct_internet_access = {access}\n  subnet_id              = \"subnet-1\"\n  tags = {TAGS}\n}}\n"
    )
}

pub const OPEN: &str = "\"Enabled\"";
pub const CLOSED: &str = "\"Disabled\"";

/// Two documents; the second is a deployment whose arguments are given.
pub fn deployment(args: &[&str]) -> String {
    let args = args.iter().fold(String::new(), |all, arg| all + "            - " + arg + "\n");
    format!(
        "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: settings\n---\napiVersion: apps/v1\nkind: Deployment\n\
         metadata:\n  name: llm\nspec:\n  template:\n    spec:\n      containers:\n        - name: server\n          \
         image: vllm@sha256:{}\n          args:\n{args}",
        "a".repeat(64)
    )
}

/// A workflow that trains, with a static credential (PB-IAM-005) when `secret` is set.
pub fn workflow(secret: bool) -> String {
    let env = if secret { "    env:\n      AWS_SECRET_ACCESS_KEY: ${{ secrets.KEY }}\n" } else { "" };
    format!(
        "on: push\njobs:\n  train:\n    runs-on: ubuntu-latest\n{env}    steps:\n      - run: python train.py\n"
    )
}
