//! Commits signed with `OpenPGP`. A script stands in for gpg: it signs and verifies by keeping the bytes.
#![allow(clippy::unwrap_used)] // a test may panic

mod waiver_common;

use std::os::unix::fs::PermissionsExt as _;

use waiver_common::{World, draft, finding, now};

/// Keeps what it is given to sign, and says that a signature is good if it is over the same bytes.
const GPG: &str = r#"
here=$(dirname "$0")
case "$*" in
*--verify*)
    for last; do :; done
    cmp - "$here/signed" || exit 1
    echo "[GNUPG:] NEWSIG"
    echo "[GNUPG:] GOODSIG 0123456789ABCDEF Kim <kim@example.com>"
    echo "[GNUPG:] VALIDSIG 0123456789ABCDEF0123456789ABCDEF01234567 2026-12-01 1796083200 0 4 0 1 10 00 0123456789ABCDEF0123456789ABCDEF01234567"
    echo "[GNUPG:] TRUST_ULTIMATE 0 pgp" ;;
*)
    printf '%s|' "$@" > "$here/arguments"
    cat > "$here/signed"
    echo "gpg: using key" >&2
    echo "[GNUPG:] SIG_CREATED D 1 10 00 1796083200 0123456789ABCDEF0123456789ABCDEF01234567" >&2
    printf -- '-----BEGIN PGP SIGNATURE-----\n\niQEzBAABCgAdFiEE\n=abcd\n-----END PGP SIGNATURE-----\n' ;;
esac
"#;

/// A repository that signs records with Kim's SSH key and commits with `OpenPGP`.
fn world() -> World {
    let world = World::trusted();
    world.git(&["config", "probity.signingKey", world.root().join("kim").to_str().unwrap()]);
    world.git(&["config", "user.signingKey", "0123456789ABCDEF"]);
    world.git(&["config", "--unset", "gpg.format"]);
    world.git(&["config", "commit.gpgsign", "true"]);
    set_program(&world, GPG);
    world
}

fn script(world: &World, name: &str, text: &str) -> String {
    let path = world.root().join(name);
    std::fs::write(&path, format!("#!/bin/sh\n{text}\n")).unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
    path.display().to_string()
}

/// In the user's own settings.
fn set_program(world: &World, text: &str) {
    let path = script(world, "gpg.sh", text);
    std::fs::write(world.root().join("home/gitconfig"), format!("[gpg]\n\tprogram = {path}\n")).unwrap();
}

fn arguments(world: &World) -> String {
    std::fs::read_to_string(world.root().join("arguments")).unwrap()
}

#[test]
fn a_commit_is_signed_as_git_would_sign_it() {
    for format in [None, Some("openpgp")] {
        let world = world();
        if let Some(format) = format {
            world.git(&["config", "gpg.format", format]);
        }
        let shown =
            probity::waiver::preview(&world.open(), &draft(&finding()), &world.options, now()).unwrap();
        assert!(shown.will_sign_commit && !shown.warnings.iter().any(|warning| warning.contains("signed")));
        world.waive().unwrap();
        assert_eq!(arguments(&world), "--batch|--status-fd=2|-bsau|0123456789ABCDEF|");
        world.git(&["verify-commit", "HEAD"]);
        assert_eq!(world.state(&finding()), "active");
        assert_eq!(world.git(&["status", "--porcelain"]), "");
        world.git(&["fsck", "--strict"]);
    }
}

#[test]
fn without_a_key_the_committers_name_chooses_it() {
    let world = world();
    world.git(&["config", "--unset", "user.signingKey"]);
    world.waive().unwrap();
    assert_eq!(arguments(&world), "--batch|--status-fd=2|-bsau|Kim <kim@example.com>|");
}

#[test]
fn a_program_that_fails_changes_nothing_and_the_setting_is_named() {
    let mut world = world();
    world.write("untracked.txt", "mine\n");
    let state = |world: &World| {
        [
            world.git(&["rev-parse", "HEAD"]),
            world.git(&["ls-files", "-s"]),
            world.git(&["status", "--porcelain", "-uall"]),
        ]
    };
    let before = state(&world);
    let fails = |world: &World, expected: &str| {
        let error = world.waive().unwrap_err().to_string();
        assert!(error.contains(expected) && error.contains("commit.gpgsign"), "{expected}: {error}");
        assert_eq!(state(world), before, "{expected}");
    };
    let created = "echo '[GNUPG:] SIG_CREATED D 1 10 00 1 F' >&2";
    for (text, expected) in [
        ("echo 'gpg: signing failed: No secret key' >&2; exit 2".to_owned(), "No secret key"),
        (
            "printf -- '-----BEGIN PGP SIGNATURE-----\\n\\nx\\n-----END PGP SIGNATURE-----\\n'".to_owned(),
            "SIG_CREATED",
        ),
        ("echo 'x [GNUPG:] SIG_CREATED ' >&2".to_owned(), "SIG_CREATED"),
        (created.to_owned(), "no armored signature"),
        (format!("{created}; echo garbage"), "no armored signature"),
        (format!("{created}; exit 1"), "it failed"),
        (
            format!(
                "{created}; for n in 1 2; do printf -- '-----BEGIN PGP SIGNATURE-----\\n\\nx\\n-----END PGP SIGNATURE-----\\n'; done"
            ),
            "no armored signature",
        ),
    ] {
        set_program(&world, &text);
        fails(&world, expected);
    }
    set_program(&world, GPG);
    for key in ["--output=/tmp/x", "-u", "a\tb"] {
        world.git(&["config", "user.signingKey", key]);
        fails(&world, "no name of a key");
    }
    world.git(&["config", "user.signingKey", "0123456789ABCDEF"]);
    std::fs::write(world.root().join("home/gitconfig"), "[gpg]\n\tprogram = /nowhere/gpg\n").unwrap();
    fails(&world, "cannot start it");
    world.options.timeout = std::time::Duration::from_millis(1_500);
    set_program(&world, "exec sleep 60");
    // The record's own signature must still come in time.
    fails(&world, "gave no answer");
}

#[test]
fn the_repository_cannot_name_the_program() {
    let world = world();
    let proof = world.root().join("executed");
    let evil = script(&world, "evil.sh", &format!("touch {}", proof.display()));
    world.git(&["config", "gpg.program", &evil]);
    world.git(&["config", "gpg.openpgp.program", &evil]);
    let shown = probity::waiver::preview(&world.open(), &draft(&finding()), &world.options, now()).unwrap();
    assert!(shown.warnings.iter().any(|warning| warning.contains("gpg.program is ignored")));
    world.waive().unwrap();
    assert!(!proof.exists() && arguments(&world).starts_with("--batch|"));
}

#[test]
fn other_formats_are_told() {
    let world = world();
    world.git(&["config", "gpg.format", "x509"]);
    let shown = probity::waiver::preview(&world.open(), &draft(&finding()), &world.options, now()).unwrap();
    assert!(!shown.will_sign_commit);
    assert!(shown.warnings.iter().any(|warning| warning.contains("will not be signed")));
    world.waive().unwrap();
    assert_eq!(world.state(&finding()), "active");
}
