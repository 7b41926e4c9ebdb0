//! Hostile strings and any key at any size.

use proptest::prelude::*;

use super::fake::{Fake, finding, policy};
use super::*;
use crate::model::{Severity, WaiverRef};
use crate::tui::msg::Click;

pub(super) fn hostile() -> Fake {
    let evil = "\u{1b}]0;pwn\u{7}\u{9b}31m\u{202e}gnp.exe\u{200b}\u{e0041}\u{feff}\rX\tY";
    let evil_policy = policy(&format!("PB-{evil}"), evil, Severity::High);
    let mut fake = Fake::new().change(|report| {
        let mut bad = finding(&evil_policy, evil, &format!("a/{evil}/{}.tf", "x".repeat(300)), 2);
        bad.message = format!("{evil} {}", "漢👩\u{200d}💻e\u{301}".repeat(30));
        bad.location.start.column = 4_000_000_000;
        bad.location.end.line = u32::MAX;
        bad.evidence = Some(serde_json::json!({ evil: [evil, {"a": evil}] }));
        bad.waiver = Some(Box::new(WaiverRef {
            id: evil.into(),
            state: evil.into(),
            causes: vec![evil.into()],
            reason: evil.into(),
            requester: evil.into(),
            approvers: vec![evil.into()],
            expires_at: evil.into(),
            ..WaiverRef::default()
        }));
        report.findings.insert(0, bad);
        report.repository.branch = Some(format!("refs/heads/{evil}"));
        report.unparsed[0].path = evil.into();
        report.unparsed[0].reason = format!("{evil}\nsecond line");
        report.not_evaluated[0].reason = evil.into();
        report.waivers[0].state = evil.into();
        report.waivers[0].causes = vec![evil.into()];
        report.notices.push(evil.into());
    });
    fake.source = [b"ok\n\xff\xfe ".as_slice(), evil.as_bytes(), b"\r\n", &vec![b'z'; 20_000]].concat();
    fake.origin.notes.push(evil.into());
    fake.origin.flip.diff[2].text = evil.into();
    fake.origin.flip.diff[3].path = evil.into();
    let commit = fake.origin.commit.as_mut().unwrap();
    (commit.author, commit.subject) = (evil.into(), evil.repeat(50));
    fake
}

/// No cell may hold a control character or one that acts unseen.
#[track_caller]
fn assert_harmless(session: &Session) {
    let buffer = session.buffer();
    for cell in buffer.content() {
        let symbol = cell.symbol();
        assert!(!symbol.chars().any(char::is_control), "{symbol:?}");
        assert!(!symbol.contains(['\u{202e}', '\u{200b}', '\u{feff}', '\u{e0041}']), "{symbol:?}");
    }
}

#[test]
fn hostile_strings_are_shown_and_do_not_act() {
    for size in [(40, 10), (80, 24), (120, 40), (200, 60)] {
        let mut session = Session::new(hostile(), size);
        for keys in [
            "",
            "<enter>",
            "p",
            "<esc>t",
            "<esc>jjw",
            "because<c-s>",
            "<esc>4",
            "j",
            "1",
            "<enter>",
            "<esc>?",
        ] {
            session.keys(keys);
            assert_harmless(&session);
        }
    }
    let mut session = Session::new(hostile(), (120, 40));
    session.keys("gg").keys("/gnp<enter>").sees("⟨RLO⟩gnp.exe⟨ZWSP⟩⟨U+E0041⟩⟨BOM⟩␍X").sees("\\u{9b}31m");
    session.keys("j").sees("not what it looks like").sees("not UTF-8");
}

fn step() -> impl Strategy<Value = Msg> {
    let key = |code| KeyEvent::new(code, KeyModifiers::NONE);
    let letters = prop::sample::select(
        "jklhgGJK[]fptw/?:ryc12345qvamMuUCzZxWsSoOnieAXV+_,<> \u{301}é漢".chars().collect::<Vec<_>>(),
    );
    let others = prop::sample::select(vec![
        KeyCode::Enter,
        KeyCode::Esc,
        KeyCode::Tab,
        KeyCode::BackTab,
        KeyCode::Up,
        KeyCode::Down,
        KeyCode::Left,
        KeyCode::Right,
        KeyCode::Home,
        KeyCode::End,
        KeyCode::PageUp,
        KeyCode::PageDown,
        KeyCode::Backspace,
        KeyCode::Delete,
        KeyCode::F(2),
        KeyCode::F(5),
    ]);
    let control = prop::sample::select("sdufblwkaehoz".chars().collect::<Vec<_>>());
    let click = prop::sample::select(vec![Click::Press, Click::WheelUp, Click::WheelDown]);
    prop_oneof![
        8 => letters.prop_map(move |c| Msg::Key(key(KeyCode::Char(c)))),
        4 => others.prop_map(move |code| Msg::Key(key(code))),
        2 => control.prop_map(|c| Msg::Key(KeyEvent::new(KeyCode::Char(c), KeyModifiers::CONTROL))),
        2 => (0_u16..300, 0_u16..120).prop_map(|(width, height)| Msg::Resize(width, height)),
        1 => "\\PC{0,8}".prop_map(Msg::Paste),
        1 => (click, 0_u16..300, 0_u16..120).prop_map(|(click, x, y)| Msg::Mouse(click, x, y)),
        1 => any::<u64>().prop_map(Msg::Tick),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, ..ProptestConfig::default() })]

    #[test]
    fn no_key_at_any_size_can_break_it(
        steps in prop::collection::vec(step(), 1..40),
        size in (0_u16..300, 0_u16..120),
        eager in any::<bool>(),
    ) {
        let mut session = Session::new(hostile(), size);
        session.eager = eager;
        for (at, message) in steps.into_iter().enumerate() {
            session.send(message);
            if at % 7 == 6 {
                session.work();
            }
            assert_harmless(&session);
        }
    }

    #[test]
    fn all_that_was_done_can_be_taken_back_and_done_again(keys in "( |v|vjjv|a|u|m|M|j|k|gc|go|gp|sp|sr|cnote<enter>|C<enter>){1,30}") {
        let mut session = Session::new(Fake::new(), (100, 30));
        let done = |session: &Session| {
            let desk = &session.state.desk;
            (desk.marked.clone(), desk.reviewed.clone(), desk.notes.clone(), desk.session_note.clone(), desk.view)
        };
        let before = done(&session);
        session.keys(&keys);
        let after = done(&session);
        let mut steps = 0;
        while !session.keys("z").screen().contains("nothing to take back") {
            steps += 1;
        }
        prop_assert_eq!(done(&session), before);
        for _ in 0..steps {
            session.keys("Z");
        }
        prop_assert_eq!(done(&session), after);
    }

    #[test]
    fn the_cursor_stays_with_its_finding(keys in "(j|k|gc|gr|gf|gs|gn|gp|sp|sa|sr|ss|zz|m){1,20}") {
        let mut session = Session::new(Fake::new(), (100, 30));
        session.keys(&keys);
        session.keys("gg]p");
        let Some(key) = session.state.focused().map(|row| row.key()) else { return Ok(()) };
        session.keys("gosrsp/sev>=low<enter>gigp");
        prop_assert_eq!(session.state.focused().map(|row| row.key()), Some(key));
    }
}
