//! The way of a waiver into the repository: signed, committed, read back, and nothing else touched.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, clippy::assigning_clones)] // a test may panic

mod waiver_common;

use probity::model::Status;
use probity::waiver::{Options, commit_waiver, preview, revoke};
use waiver_common::{World, draft, finding, now};

#[test]
fn a_waiver_is_signed_committed_and_active() {
    let world = World::trusted();
    world.git(&["config", "commit.gpgsign", "true"]);
    let receipt = world.waive().unwrap();
    let (status, state, causes) = world.state_at(&finding(), now(), Some("refs/heads/main"));
    assert_eq!((status, state.as_str()), (Status::Waived, "active"));
    assert_eq!(causes, ["no second person"]);
    world.git(&["verify-commit", "HEAD"]);
    assert_eq!(world.git(&["status", "--porcelain"]), "");
    assert_eq!(world.git(&["rev-parse", "HEAD"]).trim(), receipt.commit);
    let changed = world.git(&["show", "--name-status", "--format=", "HEAD"]);
    assert_eq!(changed.trim(), format!("A\t{}", receipt.record_path));
    world.git(&["fsck", "--strict"]);
    let shown = probity::waiver::preview(&world.open(), &draft(&finding()), &world.options, now());
    assert!(shown.unwrap_err().to_string().contains("already waives this"));
}

/// Everything that a failed attempt must leave as it was.
fn state_of(world: &World) -> Vec<String> {
    vec![
        world.git(&["rev-parse", "--verify", "-q", "HEAD"]),
        world.git(&["ls-files", "-s"]),
        world.git(&["status", "--porcelain", "-uall"]),
    ]
}

/// Staged, unstaged and untracked work.
fn leave_work_around(world: &World) {
    world.write("staged.txt", "staged\n");
    world.git(&["add", "staged.txt"]);
    world.write("infra/prod/main.tf", "# changed\n");
    world.write("untracked.txt", "untracked\n");
    world.write("later.txt", "intent\n");
    world.git(&["add", "-N", "later.txt"]);
}

/// Waiving must fail with this text and change nothing.
fn fails(world: &World, expected: &str) {
    let before = state_of(world);
    let error = world.waive().unwrap_err().to_string();
    assert!(error.contains(expected), "{error}");
    assert_eq!(state_of(world), before);
}

#[test]
fn other_work_stays_as_it_is() {
    let world = World::trusted();
    leave_work_around(&world);
    let before = world.git(&["status", "--porcelain", "-uall"]);
    let receipt = world.waive().unwrap();
    assert_eq!(world.git(&["status", "--porcelain", "-uall"]), before);
    let changed = world.git(&["show", "--name-status", "--format=", "HEAD"]);
    assert_eq!(changed.trim(), format!("A\t{}", receipt.record_path));
    assert_eq!(world.state(&finding()), "active");
}

#[test]
fn an_unborn_branch_gets_its_first_commit() {
    let world = World::unborn();
    world.write("mine.txt", "mine\n");
    world.git(&["add", "mine.txt"]);
    world.init_trust();
    assert_eq!(world.git(&["rev-list", "--count", "HEAD"]).trim(), "1");
    assert_eq!(world.git(&["status", "--porcelain"]), "A  mine.txt\n");
    world.waive().unwrap();
    assert_eq!(world.state(&finding()), "active");
}

#[test]
fn a_bare_repository_gets_the_commit_alone() {
    let world = World::trusted();
    world.git_in(&world.root(), &["clone", "-q", "--bare", "repo", "bare.git"]);
    let bare = world.root().join("bare.git");
    for (name, value) in [("user.name", "Kim"), ("user.email", "kim@example.com"), ("gpg.format", "ssh")] {
        world.git_in(&bare, &["config", name, value]);
    }
    world.git_in(&bare, &["config", "user.signingKey", world.root().join("kim").to_str().unwrap()]);
    let mut options = world.options.clone();
    options.trust_root = world.register().trust.id;
    let repository = probity::git::Repository::discover(&bare).unwrap();
    let shown = probity::waiver::preview(&repository, &draft(&finding()), &options, now()).unwrap();
    let receipt = probity::waiver::commit_waiver(&repository, &shown, &options).unwrap();
    assert_eq!(world.git_in(&bare, &["rev-parse", "main"]).trim(), receipt.commit);
    assert!(!bare.join(".probity").exists() && !bare.join("index").exists());
}

#[test]
fn a_linked_work_tree_has_its_own_head_and_index() {
    let world = World::trusted();
    let before = world.git(&["rev-parse", "HEAD"]);
    world.git(&["worktree", "add", "-q", "-b", "side", "../side"]);
    let side = world.root().join("side");
    let repository = probity::git::Repository::discover(&side).unwrap();
    let receipt = world.waive_in(&repository, &draft(&finding())).unwrap();
    assert_eq!(receipt.branch, "refs/heads/side");
    assert_eq!(world.git(&["rev-parse", "HEAD"]), before);
    assert_eq!(world.git_in(&side, &["status", "--porcelain"]), "");
    assert!(side.join(&receipt.record_path).is_file());

    // The same branch in two work trees: the other one's index would go stale.
    world.git(&["checkout", "-q", "--ignore-other-worktrees", "side"]);
    fails(&world, "checked out in another work tree");
}

#[test]
fn a_detached_head_and_unfinished_work_are_refused() {
    let world = World::trusted();
    world.git(&["checkout", "-q", "--detach"]);
    fails(&world, "HEAD is detached");
    world.git(&["checkout", "-q", "main"]);
    std::fs::write(world.repo.join(".git/MERGE_HEAD"), world.git(&["rev-parse", "HEAD"])).unwrap();
    fails(&world, "a merge is in progress");
}

#[test]
fn a_protected_branch_is_left_alone() {
    let world = World::trusted();
    leave_work_around(&world);
    let (before, head) = (state_of(&world), world.git(&["rev-parse", "HEAD"]));
    let options = Options { new_branch: true, ..world.options.clone() };
    let waive = |expires: &str| {
        let mut draft = draft(&finding());
        draft.fields.expires = expires.to_owned();
        let shown = preview(&world.open(), &draft, &options, now()).unwrap();
        let receipt = commit_waiver(&world.open(), &shown, &options).unwrap();
        assert_eq!(shown.branch, receipt.branch);
        receipt
    };
    let receipt = waive("2027-02-20");
    assert_eq!((state_of(&world), world.git(&["rev-parse", "HEAD"])), (before.clone(), head.clone()));
    let short = receipt.waiver_id.trim_start_matches("wv-").get(..12).unwrap();
    assert_eq!(receipt.branch, format!("refs/heads/probity/waiver-{short}"));
    assert_eq!(world.git(&["rev-parse", &receipt.branch]).trim(), receipt.commit);
    assert_eq!(world.git(&["rev-parse", &format!("{}^", receipt.branch)]), head);
    assert_eq!(world.git(&["diff", "--name-only", "HEAD", &receipt.branch]).trim(), receipt.record_path);
    // Where a branch has the folder's name, and where no branch is checked out.
    world.git(&["update-ref", "-d", &receipt.branch]);
    world.git(&["branch", "probity"]);
    world.git(&["checkout", "-q", "--detach"]);
    let receipt = waive("2027-02-21");
    assert!(receipt.branch.starts_with("refs/heads/probity-waiver-"), "{}", receipt.branch);
    // The waiver is not in this commit, so it can only be revoked where it is.
    assert!(revoke(&world.open(), &receipt.waiver_id, "Over.", &options, now()).is_err());
    assert_eq!(state_of(&world), before);
}

#[test]
fn a_locked_index_is_refused() {
    let world = World::trusted();
    std::fs::write(world.repo.join(".git/index.lock"), "").unwrap();
    let error = world.waive().unwrap_err().to_string();
    assert!(error.contains("another git command is running"), "{error}");
}

#[test]
fn nothing_is_written_through_a_link() {
    for (link, name) in [(".probity", "probity"), (".probity/waivers", "waivers")] {
        let world = World::trusted();
        let outside = world.root().join("outside");
        std::fs::create_dir(&outside).unwrap();
        let path = world.repo.join(link);
        let kept = world.root().join(format!("kept-{name}"));
        let _ = std::fs::rename(&path, kept);
        std::os::unix::fs::symlink(&outside, &path).unwrap();
        fails(&world, "symbolic link");
        assert_eq!(std::fs::read_dir(&outside).unwrap().count(), 0);
    }
    // In HEAD only.
    let world = World::trusted();
    world.git(&["rm", "-rq", "--cached", ".probity"]);
    let blob = world.git(&["hash-object", "-w", "infra/prod/main.tf"]);
    world.git(&["update-index", "--add", "--cacheinfo", &format!("120000,{},.probity", blob.trim())]);
    world.git(&["commit", "-q", "--no-gpg-sign", "-m", "Link"]);
    fails(&world, ".probity is no folder in HEAD");
}

/// A signer that does what the script says before, or instead of, signing. Named by the user's settings.
fn with_signer(world: &World, script: &str) {
    use std::os::unix::fs::PermissionsExt as _;
    let path = world.root().join("signer.sh");
    std::fs::write(&path, format!("#!/bin/sh\n{script}\n")).unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
    let config = format!("[gpg \"ssh\"]\n\tprogram = {}\n", path.display());
    std::fs::write(world.root().join("home/gitconfig"), config).unwrap();
}

#[test]
fn a_signer_that_misbehaves_changes_nothing() {
    let mut world = World::trusted();
    leave_work_around(&world);
    for (script, expected) in [
        ("echo 'no agent' >&2; exit 3", "no agent"),
        ("exit 0", "payload.sig"),
        ("for last; do :; done; echo garbage > \"$last.sig\"", "its signature"),
        ("for last; do :; done; mkdir \"$last.sig\"", "no regular file"),
        ("ssh-keygen \"$@\" </dev/null; for last; do :; done; echo more >> \"$last.sig\"", "its signature"),
        ("shift 4; exec ssh-keygen -Y sign -n file \"$@\"", "name space `file`"),
        ("for last; do :; done; echo x >> \"$last\"; exec ssh-keygen \"$@\"", "does not fit"),
    ] {
        with_signer(&world, script);
        fails(&world, expected);
    }
    let other = world.key("other");
    let script =
        format!("for last; do :; done; exec ssh-keygen -Y sign -n \"$4\" -f {} \"$last\"", other.display());
    with_signer(&world, &script);
    fails(&world, "instead of");

    world.options.timeout = std::time::Duration::from_millis(300);
    with_signer(&world, "exec sleep 60");
    let start = std::time::Instant::now();
    fails(&world, "gave no answer");
    assert!(start.elapsed() < std::time::Duration::from_secs(10));
}

#[test]
fn programs_of_the_repository_are_not_run() {
    use std::os::unix::fs::PermissionsExt as _;
    let world = World::trusted();
    let evil = world.repo.join("evil.sh");
    let proof = world.root().join("executed");
    std::fs::write(&evil, format!("#!/bin/sh\ntouch {}\nexit 1\n", proof.display())).unwrap();
    std::fs::set_permissions(&evil, std::fs::Permissions::from_mode(0o755)).unwrap();
    let evil = evil.to_str().unwrap();
    world.write("more.config", &format!("[gpg \"ssh\"]\n\tdefaultKeyCommand = {evil}\n"));
    for (name, value) in [
        ("gpg.ssh.program", evil),
        ("gpg.program", evil),
        ("core.fsmonitor", evil),
        ("core.sshCommand", evil),
        ("core.editor", evil),
        ("filter.evil.clean", evil),
        ("filter.evil.smudge", evil),
        ("filter.evil.process", evil),
        ("diff.evil.textconv", evil),
        ("diff.external", evil),
        ("include.path", "../more.config"),
    ] {
        world.git(&["config", name, value]);
    }
    for hook in ["pre-commit", "commit-msg", "post-commit", "post-index-change", "reference-transaction"] {
        std::fs::copy(world.repo.join("evil.sh"), world.repo.join(".git/hooks").join(hook)).unwrap();
    }
    world.write(".gitattributes", "* filter=evil diff=evil\n");
    world.write(".git/info/attributes", ".probity/** filter=evil eol=crlf\n");
    let shown = probity::waiver::preview(&world.open(), &draft(&finding()), &world.options, now()).unwrap();
    assert!(shown.warnings.iter().any(|warning| warning.contains("gpg.ssh.program is ignored")));
    assert_eq!(shown.hooks_skipped.len(), 5);
    let receipt = probity::waiver::commit_waiver(&world.open(), &shown, &world.options).unwrap();
    assert_eq!(world.state(&finding()), "active");
    assert!(!proof.exists(), "a program of the repository was executed");
    // The blob is what was signed, whatever attributes say.
    let blob = world.git(&["cat-file", "blob", &format!("HEAD:{}", receipt.record_path)]);
    assert!(blob.starts_with(&shown.payload));
}

#[test]
fn a_branch_that_moves_meanwhile_undoes_everything() {
    let world = World::trusted();
    leave_work_around(&world);
    let tree = world.git(&["rev-parse", "HEAD^{tree}"]);
    let moved = world.git(&["commit-tree", "-p", "HEAD", "-m", "Moved", tree.trim()]);
    // The second signature is the commit's: the branch moves between check and compare-and-swap.
    let script = format!(
        "if [ \"$4\" = git ]; then git -C {} update-ref refs/heads/main {}; fi; exec ssh-keygen \"$@\"",
        world.repo.display(),
        moved.trim()
    );
    with_signer(&world, &script);
    let before = state_of(&world);
    let error = world.waive().unwrap_err().to_string();
    assert!(error.contains("moved meanwhile"), "{error}");
    assert_eq!(state_of(&world)[1..], before[1..]);
    assert_eq!(world.git(&["rev-parse", "main"]), moved);
    with_signer(&world, "exec ssh-keygen \"$@\"");
    world.waive().unwrap();
    assert_eq!(world.state(&finding()), "active");
}

#[test]
fn an_index_that_is_locked_meanwhile_undoes_the_file() {
    let world = World::trusted();
    leave_work_around(&world);
    let before = state_of(&world);
    let lock = world.repo.join(".git/index.lock");
    with_signer(&world, &format!("[ \"$4\" = git ] && touch {}; exec ssh-keygen \"$@\"", lock.display()));
    let error = world.waive().unwrap_err().to_string();
    assert!(error.contains("index"), "{error}");
    std::fs::remove_file(&lock).unwrap();
    assert_eq!(state_of(&world), before);
}

#[test]
fn a_split_or_sparse_index_is_written_by_git() {
    let world = World::trusted();
    world.git(&["update-index", "--split-index"]);
    leave_work_around(&world);
    let before = world.git(&["status", "--porcelain", "-uall"]);
    world.waive().unwrap();
    assert_eq!(world.git(&["status", "--porcelain", "-uall"]), before);
    assert_eq!(world.state(&finding()), "active");

    let world = World::trusted();
    world.write("docs/readme", "x\n");
    world.git(&["add", "docs"]);
    world.git(&["commit", "-q", "--no-gpg-sign", "-m", "Docs"]);
    world.git(&["sparse-checkout", "set", "--cone", "--sparse-index", "infra"]);
    world.waive().unwrap();
    assert_eq!(world.state(&finding()), "active");
    assert_eq!(world.git(&["diff", "--cached", "--name-only"]), "");
}

#[test]
fn a_revocation_ends_a_waiver_for_good() {
    let world = World::trusted();
    let waived = world.waive().unwrap();
    let repository = world.open();
    let short = &waived.waiver_id[..10];
    let done =
        probity::waiver::revoke(&repository, short, "Run finished early.", &world.options, now()).unwrap();
    assert_eq!(done.waiver_id, waived.waiver_id);
    assert_eq!(world.state(&finding()), "revoked");
    assert_eq!(world.git(&["status", "--porcelain"]), "");
    let again =
        probity::waiver::revoke(&repository, short, "x", &world.options, now()).unwrap_err().to_string();
    assert!(again.contains("revoked already"), "{again}");
    // Deleted and put back: the revocation still names its content.
    world.git(&["rm", "-q", &waived.record_path]);
    world.git(&["commit", "-q", "--no-gpg-sign", "-m", "Delete"]);
    world.git(&["revert", "--no-edit", "HEAD"]);
    assert_eq!(world.state(&finding()), "revoked");
}

#[test]
fn a_record_that_is_not_committed_is_a_notice() {
    let world = World::trusted();
    let receipt = world.waive().unwrap();
    world.git(&["reset", "-q", "--soft", "HEAD^"]);
    assert_eq!(
        world.register().notices,
        [format!(
            "{} is not committed and does not count: finish it with `git add` and `git commit`, or discard it with `git clean`",
            receipt.record_path
        )]
    );
    assert_eq!(world.state(&finding()), "");
}

#[test]
fn keys_may_be_literal_or_named_on_the_command_line() {
    let mut world = World::trusted();
    world.git(&["config", "--unset", "user.signingKey"]);
    assert!(world.waive().unwrap_err().to_string().contains("no signing key is set up"));
    for hostile in ["-oProxyCommand=x", "$(touch x)", "key::ssh-ed25519 AAAA", "a\nb", "/dev/zero"] {
        world.options.signing_key = Some(hostile.to_owned());
        assert!(world.waive().unwrap_err().to_string().contains("cannot be used"), "{hostile}");
    }
    world.options.signing_key = Some(world.key("stranger").display().to_string());
    assert!(world.waive().unwrap_err().to_string().contains("belongs to nobody"));
    world.options.signing_key = Some(world.root().join("kim.pub").display().to_string());
    world.waive().unwrap();
    assert_eq!(world.state(&finding()), "active");
}

#[test]
fn a_commit_identity_is_required() {
    let world = World::trusted();
    world.git(&["config", "user.name", ""]);
    fails(&world, "no identity");
}
