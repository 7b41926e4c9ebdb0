//! How long a repository with many signed waivers takes: `cargo bench --bench waivers [-- COUNT]`, 10,000 by default.
//!
//! The records are signed here and imported as one commit. Printed are the first reading, the next one, which finds
//! what the first has verified, and what the records then amount to.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)] // a benchmark that cannot start should stop

#[path = "../tests/ssh_common/mod.rs"]
mod ssh_common;
#[path = "../tests/waiver_common/mod.rs"]
mod waiver_common;

use std::io::Write as _;
use std::process::Stdio;
use std::time::{Duration, Instant};

use ed25519_dalek::{Signer as _, SigningKey};
use probity::model::Fingerprint;
use probity::waiver::{Key, KeyStatus, PublicKey, Register, apply, trust_files, waiver_file};
use sha2::{Digest as _, Sha512};
use ssh_common::{armored, base64, joined};
use waiver_common::{World, draft, finding, now};

/// As in the program.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() {
    let asked = std::env::args().skip(1).find_map(|argument| argument.parse().ok());
    let count: usize = asked.unwrap_or(10_000);
    let (world, findings) = world(count);
    let repository = world.open();
    let commit = repository.head().unwrap().commit;
    let read = || {
        let start = Instant::now();
        let register = Register::read(&repository, commit, &world.options, now()).unwrap();
        assert_eq!((register.entries.len(), register.invalid.len()), (count, 0));
        (start.elapsed(), register)
    };
    println!("{count} waivers, in ms");
    let (cold, register) = read();
    show("read and verified, first time", cold);
    // Others may use the machine too: the least is what it takes.
    show("again, the quickest of ten", (0..10).map(|_| read().0).min().unwrap());
    let mut judged = findings;
    let start = Instant::now();
    apply(&register, &mut judged, now(), Some("refs/heads/main"), &|_| Ok(Vec::new()));
    show("judged, a finding each", start.elapsed());
    assert!(
        judged.iter().all(|finding| finding.waiver.as_ref().is_some_and(|waiver| waiver.state == "active"))
    );
}

fn show(what: &str, took: Duration) {
    println!("{what:<32}{:>8.1}", took.as_secs_f64() * 1e3);
}

/// A repository with as many waivers, each of another finding, all by one person who decides alone.
fn world(count: usize) -> (World, Vec<probity::model::Finding>) {
    let mut world = World::trusted();
    let key = SigningKey::from_bytes(&[7; 32]);
    let blob = joined(&[b"ssh-ed25519", key.verifying_key().as_bytes()]);
    let public = PublicKey::from_line(&format!("ssh-ed25519 {}", base64(&blob))).unwrap();
    let sign = |space: &str, bytes: &[u8]| {
        let parts = [space.as_bytes(), b"", b"sha512", &Sha512::digest(bytes)];
        let signed = [b"SSHSIG".as_slice(), &joined(&parts)].concat();
        let inner = joined(&[b"ssh-ed25519", &key.sign(&signed).to_bytes()]);
        let parts = joined(&[&blob, space.as_bytes(), b"", b"sha512", &inner]);
        Ok(armored(&[b"SSHSIG".as_slice(), &1_u32.to_be_bytes(), &parts].concat(), 70))
    };

    let mut trust = world.register().trust.in_force().unwrap().clone();
    trust.principals[0].keys =
        vec![Key { key: public.line(), status: KeyStatus::Active, not_after: None, no_touch: false }];
    let (id, trust_files) = trust_files(&trust, &public, &sign).unwrap();
    let requester = trust.principals[0].id.clone();
    world.options.trust_root = Some(id);

    let mut files = trust_files.to_vec();
    let mut findings = Vec::new();
    for number in 0..count {
        let mut finding = finding();
        finding.key = format!("aws_s3_bucket.claims_{number}");
        finding.fingerprint = Fingerprint::compute(&finding.policy.id, &finding.resource, &finding.key, 0);
        let nonce = format!("{number:032x}");
        let file = waiver_file(&draft(&finding), (id, 1), &requester, now(), &nonce, &sign).unwrap();
        files.push(file);
        findings.push(finding);
    }
    import(&world, &files);
    (world, findings)
}

fn import(world: &World, files: &[probity::git::NewFile]) {
    let mut command = world.git_command(&world.repo);
    let command = command.args(["fast-import", "--quiet", "--force"]);
    let mut child = command.stdin(Stdio::piped()).spawn().unwrap();
    let mut input = std::io::BufWriter::new(child.stdin.take().unwrap());
    let header =
        "commit refs/heads/main\ncommitter Kim <kim@example.com> 1795000000 +0000\ndata 7\nRecords\n";
    write!(input, "{header}").unwrap();
    for file in files {
        write!(input, "M 100644 inline {}\ndata {}\n", file.path, file.bytes.len()).unwrap();
        input.write_all(&file.bytes).unwrap();
        writeln!(input).unwrap();
    }
    drop(input);
    assert!(child.wait().unwrap().success());
}
