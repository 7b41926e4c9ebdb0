//! A crash after every step of a commit, in every kind of repository, with other work around: nothing is lost, nothing
//! is swept up, and the user's next commit keeps the record.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::{CommitError, Environment, Identity, NewFile, Oid, Repository, crash};

const RECORD: &str = ".probity/waivers/wv-one.yaml";
const ATTRIBUTES: &str = ".probity/.gitattributes";

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Normal,
    Linked,
    Bare,
    Unborn,
    Split,
    Sparse,
}

const KINDS: [Kind; 6] = [Kind::Normal, Kind::Linked, Kind::Bare, Kind::Unborn, Kind::Split, Kind::Sparse];

struct Place {
    _folder: tempfile::TempDir,
    path: PathBuf,
    kind: Kind,
}

impl Place {
    fn new(kind: Kind) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().canonicalize().unwrap();
        let main = root.join("repo");
        std::fs::create_dir(&main).unwrap();
        let mut place = Self { _folder: folder, path: main, kind };
        place.git(&["init", "-q", "-b", "main"]);
        for (name, value) in
            [("user.name", "Kim"), ("user.email", "kim@example.com"), ("commit.gpgsign", "false")]
        {
            place.git(&["config", name, value]);
        }
        if kind != Kind::Unborn {
            place.write("infra/main.tf", "# one\n");
            place.write("docs/readme", "one\n");
            place.git(&["add", "-A"]);
            place.git(&["commit", "-q", "-m", "Start"]);
        }
        match kind {
            Kind::Normal | Kind::Unborn => {}
            Kind::Linked => {
                place.git(&["worktree", "add", "-q", "-b", "side", "../side"]);
                place.path = root.join("side");
            }
            Kind::Bare => {
                place.git(&["clone", "-q", "--bare", ".", "../bare.git"]);
                place.path = root.join("bare.git");
            }
            Kind::Split => drop(place.git(&["update-index", "--split-index"])),
            Kind::Sparse => {
                place.git(&["sparse-checkout", "set", "--cone", "--sparse-index", "infra"]);
            }
        }
        if kind != Kind::Bare {
            place.write("infra/staged.tf", "staged\n");
            place.git(&["add", "infra/staged.tf"]);
            place.write("infra/main.tf", "# changed\n");
            place.write("infra/untracked.tf", "untracked\n");
        }
        place
    }

    fn write(&self, path: &str, content: &str) {
        let path = self.path.join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, content).unwrap();
    }

    fn try_git(&self, arguments: &[&str]) -> (bool, String) {
        let output = Command::new("git")
            .current_dir(&self.path)
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .args(arguments)
            .output()
            .unwrap();
        let said = [output.stdout, output.stderr].concat();
        (output.status.success(), String::from_utf8_lossy(&said).into_owned())
    }

    fn git(&self, arguments: &[&str]) -> String {
        let (good, said) = self.try_git(arguments);
        assert!(good, "{:?}: git {arguments:?}: {said}", self.kind);
        said
    }

    /// Lines of `git status`; a bare repository has none.
    fn status(&self) -> Vec<String> {
        if self.kind == Kind::Bare {
            return Vec::new();
        }
        self.git(&["status", "--porcelain", "-uall"]).lines().map(str::to_owned).collect()
    }

    fn head(&self) -> String {
        self.try_git(&["rev-parse", "-q", "--verify", "HEAD"]).1
    }

    fn commit(&self, record: &str) -> Result<Oid, CommitError> {
        let repository = Repository::discover(&self.path).unwrap();
        let environment =
            Environment::default().with("GIT_CONFIG_GLOBAL", "/dev/null").with("GIT_CONFIG_NOSYSTEM", "1");
        let settings = repository.settings(&environment).unwrap();
        let target = repository.commit_target(&[".probity/waivers"], &settings)?;
        let kim =
            Identity { name: "Kim".to_owned(), email: "kim@example.com".to_owned(), seconds: 1_795_000_000 };
        let file = |path: &str| NewFile { path: path.to_owned(), bytes: path.as_bytes().to_vec() };
        let mut files = vec![file(record)];
        if !self.path.join(ATTRIBUTES).exists() && !self.holds(ATTRIBUTES) {
            files.push(file(ATTRIBUTES));
        }
        repository.commit_files(&target, &files, "Waive\n", [&kim, &kim], None)
    }

    /// Ends a commit after a step, as if the machine had stopped.
    fn crash(&self, step: &'static str) {
        crash::AT.set(step);
        let outcome = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| self.commit(RECORD)));
        crash::AT.set("");
        assert!(outcome.is_err(), "{:?}: no crash after {step}: {outcome:?}", self.kind);
    }

    /// Does HEAD have a file as it was given?
    fn holds(&self, path: &str) -> bool {
        let (found, content) = self.try_git(&["cat-file", "blob", &format!("HEAD:{path}")]);
        found && content == path
    }

    fn is_sound(&self, when: &str) {
        let (_, said) = self.try_git(&["fsck", "--strict", "--no-dangling"]);
        // With a sparse index git itself names trees there that only the next commit writes.
        let sparse = self.kind == Kind::Sparse && !when.ends_with("committed");
        let wrong: Vec<&str> = said
            .lines()
            .filter(|line| !(line.starts_with("notice:") || sparse && line.starts_with("missing tree")))
            .collect();
        assert_eq!(wrong, Vec::<&str>::new(), "{:?} {when}", self.kind);
        let lock = self.git(&["rev-parse", "--git-path", "index.lock"]);
        assert!(!self.path.join(Path::new(lock.trim())).exists(), "{:?} {when}", self.kind);
    }
}

/// What a crash leaves in the status beside what was there.
fn left_by(step: &str) -> Vec<String> {
    match step {
        "objects" => vec![],
        "file" => vec![format!("?? {RECORD}")],
        "files" => vec![format!("?? {ATTRIBUTES}"), format!("?? {RECORD}")],
        "index" => vec![format!("A  {ATTRIBUTES}"), format!("A  {RECORD}")],
        _ => unreachable!(),
    }
}

fn steps(kind: Kind) -> &'static [&'static str] {
    if kind == Kind::Bare { &["objects"] } else { &["objects", "file", "files", "index"] }
}

#[test]
fn a_crash_leaves_what_the_step_before_made_and_no_more() {
    for kind in KINDS {
        for step in steps(kind) {
            let place = Place::new(kind);
            let (head, mut expected) = (place.head(), place.status());
            place.crash(step);
            assert_eq!(place.head(), head, "{kind:?} {step}");
            expected.extend(left_by(step));
            let mut found = place.status();
            expected.sort();
            found.sort();
            assert_eq!(found, expected, "{kind:?} {step}");
            place.is_sound(step);
        }
    }
}

#[test]
fn the_users_next_commit_keeps_what_was_staged_and_sweeps_up_nothing() {
    for kind in KINDS.into_iter().filter(|kind| *kind != Kind::Bare) {
        for step in steps(kind) {
            let place = Place::new(kind);
            place.crash(step);
            place.git(&["commit", "-q", "-m", "Mine"]);
            let staged = *step == "index";
            assert_eq!((place.holds(RECORD), place.holds(ATTRIBUTES)), (staged, staged), "{kind:?} {step}");
            let mut changed: Vec<String> = place
                .git(&["show", "--format=", "--name-status", "--root", "HEAD"])
                .lines()
                .map(str::to_owned)
                .collect();
            let mut expected = vec!["A\tinfra/staged.tf".to_owned()];
            if staged {
                expected.extend([format!("A\t{ATTRIBUTES}"), format!("A\t{RECORD}")]);
            }
            changed.sort();
            expected.sort();
            assert_eq!(changed, expected, "{kind:?} {step}");
            let status = place.status();
            assert!(
                status.iter().any(|line| line.ends_with("infra/untracked.tf")),
                "{kind:?} {step}: {status:?}"
            );
            assert!(!status.iter().any(|line| line.contains('D')), "{kind:?} {step}: {status:?}");
            place.is_sound(&format!("{step}, committed"));
        }
    }
}

#[test]
fn after_a_crash_another_record_can_be_committed() {
    for kind in KINDS {
        for step in steps(kind) {
            let place = Place::new(kind);
            place.crash(step);
            // Never written over: whoever tries the same again is told.
            if *step != "objects" {
                assert!(matches!(place.commit(RECORD), Err(CommitError::Exists(_))), "{kind:?} {step}");
            }
            let other = ".probity/waivers/wv-two.yaml";
            let commit = place.commit(other).unwrap();
            assert_eq!(place.head().trim(), commit.to_string(), "{kind:?} {step}");
            assert!(place.holds(other) && !place.holds(RECORD), "{kind:?} {step}");
            if kind != Kind::Bare {
                place.git(&["commit", "-q", "-m", "Mine"]);
                assert!(place.holds(other), "{kind:?} {step}");
            }
            place.is_sound(&format!("{step}, committed"));
        }
    }
}

#[test]
fn a_whole_commit_leaves_the_status_as_it_was() {
    for kind in KINDS {
        let place = Place::new(kind);
        let before = place.status();
        let commit = place.commit(RECORD).unwrap();
        assert_eq!(place.head().trim(), commit.to_string(), "{kind:?}");
        assert_eq!(place.status(), before, "{kind:?}");
        if kind != Kind::Bare {
            place.git(&["commit", "-q", "-m", "Mine"]);
        }
        assert!(place.holds(RECORD) && place.holds(ATTRIBUTES), "{kind:?}");
        place.is_sound("whole, committed");
    }
}
