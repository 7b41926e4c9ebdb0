//! The rehearsal of attacks, with the program under test.
#![cfg(target_os = "linux")] // the script needs GNU tools
#![allow(clippy::unwrap_used)] // a test may panic

use std::process::Command;

#[test]
fn every_attack_is_refused() {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/.ci/rehearse-attacks");
    let output = Command::new("bash").arg(script).arg(env!("CARGO_BIN_EXE_probity")).output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{text}{errors}");
    assert!(text.ends_with("all attacks were refused\n"), "{text}");
}
