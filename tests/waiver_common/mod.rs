//! Temporary repositories with their own home folder, keys and settings, and findings made by hand.
#![allow(dead_code)] // each test file uses a part

use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::Arc;
use std::time::Duration;

use probity::git::Repository;
use probity::model::{
    Confidence, Digest, Finding, Fingerprint, Location, PolicyInfo, Position, Scope, Severity, Status,
    Verdict,
};
use probity::waiver::{
    Amendment, Draft, Environment, Options, Receipt, Register, Timestamp, TrustRequest, apply, commit_trust,
    commit_waiver, preview, preview_trust,
};

pub const NOW: &str = "2026-12-01T00:00:00Z";

pub fn now() -> Timestamp {
    NOW.parse().unwrap()
}

/// A folder with a home, a key `kim`, and a repository on `main` whose settings sign with that key.
pub struct World {
    folder: tempfile::TempDir,
    pub repo: PathBuf,
    pub options: Options,
}

impl World {
    /// An unborn repository.
    pub fn unborn() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().canonicalize().unwrap();
        let home = root.join("home");
        std::fs::create_dir_all(&home).unwrap();
        std::fs::write(home.join("gitconfig"), "[safe]\n\tdirectory = *\n").unwrap();
        let environment = Environment::default()
            .with("HOME", home.to_str().unwrap())
            .with("XDG_STATE_HOME", home.join("state").to_str().unwrap())
            .with("GIT_CONFIG_GLOBAL", home.join("gitconfig").to_str().unwrap())
            .with("GIT_CONFIG_NOSYSTEM", "1");
        let mut options = Options::new(environment);
        options.timeout = Duration::from_secs(20);
        let world = Self { repo: root.join("repo"), folder, options };
        world.git_in(&root, &["init", "-q", "-b", "main", "repo"]);
        world.key("kim");
        let allowed = root.join("allowed_signers");
        let public = std::fs::read_to_string(root.join("kim.pub")).unwrap();
        std::fs::write(&allowed, format!("kim@example.com namespaces=\"git\" {public}")).unwrap();
        for (name, value) in [
            ("user.name", "Kim"),
            ("user.email", "kim@example.com"),
            ("gpg.format", "ssh"),
            ("user.signingKey", root.join("kim").to_str().unwrap()),
            ("gpg.ssh.allowedSignersFile", allowed.to_str().unwrap()),
        ] {
            world.git(&["config", name, value]);
        }
        world
    }

    /// A repository with one commit that has a file `infra/prod/main.tf`.
    pub fn new() -> Self {
        let world = Self::unborn();
        world.write("infra/prod/main.tf", "# one\n");
        world.git(&["add", "-A"]);
        world.git(&["commit", "-q", "--no-gpg-sign", "-m", "Start"]);
        world
    }

    /// With trust data committed and pinned.
    pub fn trusted() -> Self {
        let world = Self::new();
        world.init_trust();
        world
    }

    pub fn init_trust(&self) -> Receipt {
        let repository = self.open();
        let early = "2026-11-20T09:00:00Z".parse().unwrap();
        let start = Amendment::Start(TrustRequest { approvals: [0; 4], ..TrustRequest::default() });
        let shown = preview_trust(&repository, &start, &self.options, early).unwrap();
        commit_trust(&repository, &shown, &self.options).unwrap()
    }

    pub fn root(&self) -> PathBuf {
        self.folder.path().canonicalize().unwrap()
    }

    pub fn open(&self) -> Repository {
        Repository::discover(&self.repo).unwrap()
    }

    pub fn key(&self, name: &str) -> PathBuf {
        let path = self.root().join(name);
        let output = Command::new("ssh-keygen")
            .args(["-q", "-t", "ed25519", "-N", "", "-C", name, "-f"])
            .arg(&path)
            .output()
            .unwrap();
        assert!(output.status.success(), "{output:?}");
        path
    }

    pub fn write(&self, path: &str, content: &str) {
        let path = self.repo.join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, content).unwrap();
    }

    pub fn git_command(&self, folder: &Path) -> Command {
        let home = self.root().join("home");
        let mut command = Command::new("git");
        command
            .current_dir(folder)
            .env("HOME", &home)
            .env("GIT_CONFIG_GLOBAL", home.join("gitconfig"))
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .env_remove("GIT_DIR");
        command
    }

    pub fn try_git(&self, arguments: &[&str]) -> Output {
        self.git_command(&self.repo).args(arguments).output().unwrap()
    }

    pub fn git(&self, arguments: &[&str]) -> String {
        self.git_in(&self.repo, arguments)
    }

    pub fn git_in(&self, folder: &Path, arguments: &[&str]) -> String {
        let output = self.git_command(folder).args(arguments).output().unwrap();
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(
            output.status.success(),
            "git {arguments:?}: {text}{}",
            String::from_utf8_lossy(&output.stderr)
        );
        text
    }

    /// A commit whose root tree has exactly these `ls-tree` lines.
    pub fn commit_tree(&self, lines: &str) -> String {
        let tree = self.make_tree(lines);
        self.git(&["commit-tree", "-m", "Tree", &tree]).trim().to_owned()
    }

    pub fn make_tree(&self, lines: &str) -> String {
        use std::io::Write as _;
        let mut command = self.git_command(&self.repo);
        let command = command.args(["mktree", "--missing"]);
        let mut child =
            command.stdin(std::process::Stdio::piped()).stdout(std::process::Stdio::piped()).spawn().unwrap();
        child.stdin.take().unwrap().write_all(lines.as_bytes()).unwrap();
        let output = child.wait_with_output().unwrap();
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    }

    pub fn waive(&self) -> Result<Receipt, probity::waiver::Error> {
        self.waive_in(&self.open(), &draft(&finding()))
    }

    pub fn waive_in(
        &self,
        repository: &Repository,
        draft: &Draft,
    ) -> Result<Receipt, probity::waiver::Error> {
        let shown = preview(repository, draft, &self.options, now())?;
        commit_waiver(repository, &shown, &self.options)
    }

    pub fn register(&self) -> Register {
        let repository = self.open();
        let head = repository.head().unwrap().commit;
        Register::read(&repository, head, &self.options, now()).unwrap()
    }

    /// The state of the waiver of the finding, as an audit at `now` sees it.
    pub fn state_at(
        &self,
        finding: &Finding,
        now: Timestamp,
        reference: Option<&str>,
    ) -> (Status, String, Vec<String>) {
        let mut findings = [finding.clone()];
        apply(&self.register(), &mut findings, now, reference, &|_| Ok(Vec::new()));
        let [finding] = findings;
        let (state, causes) = finding.waiver.map(|waiver| (waiver.state, waiver.causes)).unwrap_or_default();
        (finding.status, state, causes)
    }

    pub fn state(&self, finding: &Finding) -> String {
        self.state_at(finding, now(), Some("refs/heads/main")).1
    }
}

/// The finding of the specification's example.
pub fn finding() -> Finding {
    let policy = PolicyInfo {
        id: Arc::from("PB-DATA-001"),
        title: "Sensitive data reaches training unmasked".to_owned(),
        description: String::new(),
        severity: Severity::Critical,
        scopes: vec![Scope::Module],
        version: 3,
        controls: Vec::new(),
        remediation: String::new(),
        related: Vec::new(),
        waivable: true,
        digest: "sha256:495b651357ec3680b88c57810ceee9bf05a1ddd0553b1e62e7e7a1f5977d22ea".parse().unwrap(),
        file: String::new(),
    };
    let resource = "terraform:prod/aws_sagemaker_training_job.claims";
    let key = "aws_s3_bucket.claims_raw";
    let evidence = br#"{"deidentified":false,"sink":"aws_sagemaker_training_job.claims","source":"aws_s3_bucket.claims_raw"}"#;
    Finding {
        fingerprint: Fingerprint::compute(&policy.id, resource, key, 0),
        policy: Arc::new(policy),
        verdict: Verdict::Fail,
        severity: Severity::Critical,
        message: "raw claims".to_owned(),
        resource: resource.to_owned(),
        key: key.to_owned(),
        location: Location {
            path: "infra/prod/main.tf".to_owned(),
            start: Position { line: 1, column: 1 },
            end: Position { line: 1, column: 2 },
        },
        confidence: Confidence::PathGiven,
        evidence_places: Vec::new(),
        evidence: None,
        evidence_digest: Some(Digest::of(evidence)),
        status: Status::Open,
        waiver: None,
        unit_files: Arc::from(["infra/prod/main.tf".to_owned(), "infra/prod/vars.tf".to_owned()]),
        owners: Arc::default(),
    }
}

pub fn draft(finding: &Finding) -> Draft {
    let mut draft = Draft::for_finding(finding).unwrap();
    "One calibration run needs raw claims.".clone_into(&mut draft.fields.reason);
    "2027-02-20".clone_into(&mut draft.fields.expires);
    draft
}
