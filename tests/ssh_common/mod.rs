//! What ssh-keygen makes and accepts, beside what Probity accepts; and the encoding of signatures.
#![allow(dead_code)] // each test file uses a part

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use probity::waiver::Signature;

pub const SPACE: &str = "probity-waiver-v1";
pub const MESSAGE: &[u8] = b"probity: \"waiver/v1\"\n";

/// A folder of keys.
pub struct Keys(pub tempfile::TempDir);

impl Keys {
    pub fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    pub fn make(&self, name: &str, arguments: &[&str]) -> PathBuf {
        let path = self.0.path().join(name);
        let mut command = Command::new("ssh-keygen");
        command.args(["-q", "-N", "", "-C", ""]).args(arguments).arg("-f").arg(&path);
        assert!(command.status().unwrap().success());
        path
    }

    pub fn sign(&self, key: &Path, space: &str, hash: &str, message: &[u8]) -> String {
        let file = self.0.path().join("message");
        std::fs::write(&file, message).unwrap();
        let signature = self.0.path().join("message.sig");
        let _ = std::fs::remove_file(&signature);
        let hash = format!("hashalg={hash}");
        let status = Command::new("ssh-keygen")
            .args(["-q", "-Y", "sign", "-n", space, "-O", &hash, "-f"])
            .arg(key)
            .arg(&file)
            .stderr(Stdio::null())
            .status()
            .unwrap();
        assert!(status.success());
        std::fs::read_to_string(signature).unwrap()
    }

    /// What OpenSSH says of a signature by a key (a public key line).
    pub fn openssh_accepts(&self, key: &str, armor: &str, message: &[u8]) -> bool {
        let allowed = self.0.path().join("allowed");
        std::fs::write(&allowed, format!("kim@example.com namespaces=\"{SPACE}\" {key}\n")).unwrap();
        let signature = self.0.path().join("check.sig");
        std::fs::write(&signature, armor).unwrap();
        let mut child = Command::new("ssh-keygen")
            .args(["-Y", "verify", "-I", "kim@example.com", "-n", SPACE, "-f"])
            .arg(&allowed)
            .arg("-s")
            .arg(&signature)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        // It may give up before it reads.
        let _ = child.stdin.take().unwrap().write_all(message);
        child.wait().unwrap().success()
    }
}

pub fn probity(armor: &str, message: &[u8]) -> Result<bool, String> {
    Signature::parse(armor)?.verify(SPACE, message)
}

pub fn public(path: &Path) -> String {
    let mut path = path.as_os_str().to_owned();
    path.push(".pub");
    std::fs::read_to_string(path).unwrap().trim().to_owned()
}

pub fn put(out: &mut Vec<u8>, part: &[u8]) {
    out.extend(u32::try_from(part.len()).unwrap().to_be_bytes());
    out.extend(part);
}

pub fn joined(parts: &[&[u8]]) -> Vec<u8> {
    let mut out = Vec::new();
    for part in parts {
        put(&mut out, part);
    }
    out
}

pub fn base64(bytes: &[u8]) -> String {
    const SYMBOLS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    bytes
        .chunks(3)
        .flat_map(|group| {
            let bits = (0..3).fold(0_u32, |bits, n| (bits << 8) | u32::from(*group.get(n).unwrap_or(&0)));
            let symbol = move |n: usize| SYMBOLS[(bits >> (18 - 6 * n)) as usize & 63] as char;
            (0..4).map(move |n| if n > group.len() { '=' } else { symbol(n) })
        })
        .collect()
}

pub fn armored(blob: &[u8], columns: usize) -> String {
    let text = base64(blob);
    let lines: Vec<&str> =
        text.as_bytes().chunks(columns).map(|line| std::str::from_utf8(line).unwrap()).collect();
    format!("-----BEGIN SSH SIGNATURE-----\n{}\n-----END SSH SIGNATURE-----\n", lines.join("\n"))
}
