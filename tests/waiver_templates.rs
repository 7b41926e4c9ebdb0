//! What a repository suggests and requires of a waiver, and a reason that is written in an editor.

#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::indexing_slicing)] // a test may panic

#[path = "support/office.rs"]
mod office;
mod support;
#[path = "support/terminal.rs"]
mod terminal;

use std::os::unix::fs::PermissionsExt as _;

use office::Office;
use terminal::Terminal;

const CONFIG: &str = "waivers:
  required: [ticket]
  templates:
    default:
      days: 30
    noise:
      type: false-positive
      residual_risk: low
      reason: The rule misreads this module.
      days: 60
      compensating_controls: [Reviewed each quarter]
      required: [remediation]
";

fn office(config: &str) -> (Office, String) {
    let office = Office::new();
    office.repo.put(".probity/config.yaml", config);
    let print = office.repo.report(&[])["findings"][0]["fingerprint"].as_str().unwrap().to_owned();
    (office, print)
}

/// A program that writes a text in front of what it gets and tells how it was called.
fn editor(office: &Office, name: &str, text: &str) -> String {
    let (file, calls) = (office.repo.outside().join(name), office.repo.outside().join("calls"));
    let script = format!(
        "#!/bin/sh\nfor last; do :; done\nprintf '%s\\n' \"$*\" >> '{}'\nprintf '{text}' > \"$last.new\"\ncat \"$last\" >> \
         \"$last.new\"\nmv \"$last.new\" \"$last\"\n",
        calls.display()
    );
    std::fs::write(&file, script).unwrap();
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o755)).unwrap();
    file.display().to_string()
}

#[test]
fn a_template_fills_in_and_the_repository_requires() {
    let (office, print) = office(CONFIG);
    let refused = office.by("kim", &["waive", &print, "--reason", "No.", "--yes"]).expect(2).err;
    assert!(refused.contains("config.yaml requires `ticket`: give --ticket"), "{refused}");
    let noise = ["waive", &print, "--template", "noise", "--ticket", "R-1", "--yes"];
    let refused = office.by("kim", &noise).expect(2).err;
    assert!(refused.contains("requires `remediation`: give --remediation"), "{refused}");
    let wrong = ["waive", &print, "--template", "nois", "--reason", "x", "--yes"];
    assert!(office.by("kim", &wrong).expect(2).err.contains("did you mean `noise`?"));
    let said = office.by("kim", &[&noise[..], &["--remediation", "Fix the rule", "--days-off"]].concat());
    assert_eq!(said.code, 2, "an option that is none");

    let run = office.by("kim", &[&noise[..], &["--remediation", "Fix the rule"]].concat()).expect(0);
    for part in [
        "type: \"false-positive\"",
        "reason: \"The rule misreads this module.\"",
        "residual_risk: \"low\"",
        "- \"Reviewed each quarter\"",
        "remediation: \"Fix the rule\"",
        "ticket: \"R-1\"",
    ] {
        assert!(run.err.contains(part), "{part} in {}", run.err);
    }
    // What is typed has the last word.
    let id = run.out.split(' ').next().unwrap().to_owned();
    let renewed = ["waiver", "renew", &id, "--reason", "Still so.", "--expires", "2030-01-01", "--yes"];
    let refused = office.by("kim", &renewed).expect(2).err;
    assert!(refused.contains("days"), "{refused}");
}

#[test]
fn a_mistake_in_the_templates_makes_the_audit_incomplete() {
    let (office, print) = office("waivers:\n  templates:\n    noise:\n      dayz: 3\n");
    let report = office.repo.report(&[]);
    let told = &report["unparsed"][0];
    assert_eq!(
        (told["path"].as_str(), told["line"].as_u64()),
        (Some(".probity/config.yaml"), Some(4)),
        "{report:#}"
    );
    assert!(told["reason"].as_str().unwrap().contains("`dayz` is unknown; did you mean `days`?"), "{told}");
    let refused = office.by("kim", &["waive", &print, "--reason", "x", "--yes"]).expect(2).err;
    assert!(refused.contains(".probity/config.yaml:4: "), "{refused}");
}

#[test]
fn without_a_reason_the_users_editor_asks_for_it() {
    let (office, print) = office("waivers:\n  templates:\n    default: {days: 30}\n");
    // Without a terminal nobody is asked.
    let refused = office.by("kim", &["waive", &print, "--yes"]).expect(2).err;
    assert!(refused.contains("say why this is acceptable: --reason"), "{refused}");
    let with = |editor: &str| {
        let mut command = office.command("kim", &["waive", &print]);
        command.env("EDITOR", "/nonexistent");
        command.env("VISUAL", editor);
        command
    };
    let mut failing = Terminal::open(with("'false'"), 40, 120);
    failing.wait_for("the editor `false` ended with");
    assert!(!failing.wait_for_end());
    let mut open = Terminal::open(with("vim \"x"), 40, 120);
    open.wait_for("$VISUAL is no command: a quote may be missing");

    let path = editor(&office, "vim", "  Scratch data,\\n\\nemptied at night.\\n");
    let mut asked = Terminal::open(with(&format!("'{path}' --wait")), 60, 120);
    asked.wait_for("reason: \"Scratch data, emptied at night.\"");
    asked.wait_for("Type yes:");
    asked.press("yes\n");
    asked.wait_for("committed as");
    assert!(asked.wait_for_end());
    let calls = std::fs::read_to_string(office.repo.outside().join("calls")).unwrap();
    let (options, file) = calls.trim_end().rsplit_once(' ').unwrap();
    assert_eq!(options, "--wait +1");
    assert!(!std::path::Path::new(file).exists(), "the file for the editor is gone");
    assert!(!file.starts_with(office.repo.path.to_str().unwrap()));
}

#[test]
fn the_form_has_the_template_and_lends_the_terminal_to_the_editor() {
    let (office, _) = office(CONFIG);
    let path = editor(&office, "nano", "Written outside. ");
    let mut command = office.command("kim", &["."]);
    command.env("EDITOR", path);
    let mut screen = Terminal::open(command, 40, 180);
    screen.wait_for("1 open, 0 waived");
    screen.press("jw");
    screen.wait_for("‹ default ›");
    screen.press("\x1b[C");
    screen.wait_for("‹ noise ›");
    screen.wait_for("Reviewed each quarter");
    screen.press("\t\x0f");
    screen.wait_for("Written outside. The rule misreads this module.");
    screen.press("\t\tR-7");
    screen.wait_for("remediation: this repository requires it");
    screen.press("\x1b");
    screen.wait_for("draft kept");
    screen.press("2e");
    screen.wait_for("back from the editor");
    let calls = std::fs::read_to_string(office.repo.outside().join("calls")).unwrap();
    let last = calls.lines().last().unwrap();
    assert!(last.starts_with('+') && last.ends_with("/main.tf"), "{last}");
    screen.press("qq");
    assert!(screen.wait_for_end());
}
