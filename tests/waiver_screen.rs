//! The whole life of a waiver on the screen: asked for, rejected, approved, renewed and revoked, by whom they may.

#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::indexing_slicing)] // a test may panic

#[path = "support/office.rs"]
mod office;
mod support;
#[path = "support/terminal.rs"]
mod terminal;

use office::Office;
use terminal::Terminal;

const SIGN: &str = "\x13";

/// Opens the screen with somebody's key, on its list of waivers.
fn waivers(office: &Office, name: &str) -> Terminal {
    let mut terminal = Terminal::open(office.command(name, &["."]), 40, 120);
    terminal.wait_for("1 open, 0 waived");
    terminal.press("4");
    // Records are known once the audit has ended.
    terminal.wait_for("wv-");
    terminal
}

fn leave(mut terminal: Terminal, last: &str) {
    terminal.press("q");
    assert!(terminal.wait_for_end());
    terminal.wait_for(last);
}

#[test]
fn a_waiver_lives_and_ends_on_the_screen() {
    let office = Office::new();
    let id = office.ask();
    let head = || office.repo.git(&["rev-parse", "HEAD"]);
    let before = head();

    // Who introduced the finding cannot approve: it is said in the form, and nothing is written.
    let mut ada = waivers(&office, "ada");
    ada.wait_for("pending");
    ada.press("A");
    ada.wait_for("For a month");
    ada.wait_for("ada@example.com introduced the finding");
    ada.press(SIGN);
    ada.wait_for("not signed: ");
    assert_eq!(head(), before);
    ada.press("\x1b");
    // The error is read away first; why it cannot be signed stays.
    ada.wait_for("\n ! wv-");
    ada.press("\x1b");
    // Nothing was typed, so nothing is kept.
    ada.wait_for("A approve");
    leave(ada, "1 open finding seen");

    // Another person may; the record, the signer and the branch are shown first.
    let mut dana = waivers(&office, "dana");
    dana.wait_for("pending");
    dana.press("A");
    dana.wait_for("0 of 1 approvals count before this one");
    dana.press("For this month only");
    dana.wait_for("comment: \"For this month only\"");
    dana.wait_for("refs/heads/main");
    dana.wait_for("signer dana@example.com with");
    assert_eq!(head(), before);
    dana.press(SIGN);
    dana.wait_for("committed ");
    dana.wait_for("─ wv-");
    dana.wait_for("  active ");
    assert_eq!(office.repo.git(&["log", "-1", "--format=%s"]), "Approve the waiver of PB-NET-001");

    // The same list leads to its end.
    dana.press("V");
    dana.wait_for("say why it ends");
    dana.press("Run finished");
    dana.wait_for("reason: \"Run finished\"");
    dana.wait_for("a revocation cannot be taken back");
    dana.press(SIGN);
    dana.wait_for("revoked by dana@example.com");
    leave(dana, &format!("{id} approved, {id} revoked"));
    assert_eq!(office.gate().1[0].0, "revoked");
}

#[test]
fn a_rejected_waiver_is_renewed_on_the_screen() {
    let office = Office::new();
    let id = office.ask();
    let mut dana = waivers(&office, "dana");
    dana.press("X");
    dana.wait_for("it will not count until you approve it yourself");
    dana.press("Too long");
    dana.wait_for("comment: \"Too long\"");
    dana.press(SIGN);
    dana.wait_for("rejected by dana@example.com: Too long");
    leave(dana, &format!("{id} rejected"));

    let mut kim = waivers(&office, "kim");
    kim.press("w");
    kim.wait_for("Renewal for");
    kim.press("A shorter run, then none");
    kim.wait_for("reason: \"A shorter run, then none\"");
    kim.press("\x04");
    kim.wait_for("supersedes:");
    kim.press(SIGN);
    kim.wait_for("committed ");
    kim.wait_for("pending");
    leave(kim, "1 waiver committed (wv-");
    let states: Vec<_> = office.gate().1.into_iter().map(|(state, _)| state).collect();
    assert!(states.contains(&"pending".to_owned()) && states.contains(&"rejected".to_owned()), "{states:?}");
}
