//! What a user does, key by key.

use std::sync::Mutex;

use super::fake::Fake;
use super::*;
use crate::model::{Report, Severity};
use crate::text::SafeText;
use crate::tui::backend::{Act, Field};
use crate::tui::listing::GroupBy;
use crate::tui::msg::{Click, JobEvent, JobId};
use crate::tui::sitting::{TRIAGE, Triage};
use crate::tui::state::Screen;

fn session() -> Session {
    Session::new(Fake::new(), (80, 24))
}

#[test]
fn the_first_frame_waits_for_nothing() {
    let mut idle = Session::idle(Fake::new(), (80, 24));
    idle.sees("claims-ml").sees("auditing: findings appear here as they come");
}

#[test]
fn findings_are_grouped_and_the_first_is_chosen() {
    let mut session = session();
    session
        .sees("▾ PB-NET-001  Training data is not reachable")
        .sees("2 of 3 open")
        .sees("INCONCLUSIVE  PB-DATA-002")
        .sees("REVIEW  PB-CARD-004")
        .sees("▶   7 │   bucket        = \"acme-models-prod\"")
        .sees("INCOMPLETE  4 open, 1 waived, 1 inconclusive, 1 review");
    session.keys("<enter>").sees("─ why").keys("<esc>").sees("▾ PB-NET-001");
}

#[test]
fn esc_never_quits_and_q_does() {
    let mut session = session();
    session.keys("<esc><esc><esc><esc>");
    assert!(!session.state.quitting);
    session.keys("<enter>q");
    assert!(!session.state.quitting, "q closes the detail first");
    session.keys("q");
    assert!(session.state.quitting);
    assert!(session.effects.contains(&Effect::Quit));
}

#[test]
fn the_filter_is_fuzzy_and_the_cursor_stays_on_its_finding() {
    let mut session = session();
    session.keys("jjj");
    let before = session.state.subject;
    session.keys("/eval tf<enter>").sees("1 of 7 listed").sees("eval.tf").lacks("cache.tf");
    session.keys("<esc>").sees("7 listed");
    session.keys("/datab2zz").sees("no finding matches the filter").keys("<esc>").sees("7 listed");
    session.keys("gg");
    session.state.target = None;
    assert!(before.is_some());
    session.keys("/q").sees("/ q");
    assert!(!session.state.quitting, "in the filter q is a letter");
}

#[test]
fn folds_hide_rows_but_not_the_group() {
    let mut session = session();
    session
        .keys("h")
        .sees("▸ PB-NET-001")
        .keys("l")
        .sees("▾ PB-NET-001")
        .keys("<enter>")
        .sees("▸ PB-NET-001");
}

#[test]
fn tracing_shows_the_commit_and_its_change() {
    let mut session = session();
    session
        .keys("t")
        .sees("─ introduced")
        .sees("14 commits evaluated")
        .sees("a1f3c9e0000")
        .sees("Kim Example")
        .sees("merged by b7710aa")
        .sees("+resource \"aws_s3_bucket\" \"models\" {")
        .sees("-resource \"aws_s3_bucket\" \"old\" {")
        .sees("+2 -1");
    session.keys("J").sees("PB-DATA-002").keys("<esc>").sees("aws_s3_bucket.eval");
    assert_eq!(session.state.screen, Screen::Findings);
    session.sees("a1f3c9e  2026-03-02  Kim Example");
}

#[test]
fn a_waiver_is_written_only_by_ctrl_s_and_then_seen() {
    let mut session = session();
    session.keys("w").sees("Waiver for").sees("say why this is acceptable");
    session.keys("<c-s>").sees("not signed: reason: say why");
    session.keys("Accepted for one calibration run").sees("draft is valid").sees(" branch main");
    assert!(session.backend.commits.lock().unwrap().is_empty());
    session.keys("<c-s>").sees("committed c0ffee0: .probity/waivers/wv-75s42t7807hrwnpcv38bwh626d.yaml");
    assert_eq!(session.backend.commits.lock().unwrap().len(), 1);
    assert_eq!(session.state.screen, Screen::Findings);
    session.sees("waived").sees("0 of 1 open");
    session.keys("w").sees("already waived until 2027-02-20");
    let summary = crate::tui::ExitSummary::of(&session.state);
    assert_eq!(
        summary.last_line(),
        "probity: 3 open findings seen, 1 waiver committed (wv-75s42t7807hrwnpcv38bwh626d)"
    );
}

#[test]
fn a_signer_that_fails_keeps_the_draft() {
    let mut session = session();
    *session.backend.refuse.lock().unwrap() =
        Some("ssh-keygen: no answer\nafter 120 seconds \u{1b}[31m".into());
    session
        .keys("wbecause<c-s>")
        .sees("not signed: ssh-keygen: no answer; after 120 seconds ␛[31m")
        .sees("draft kept")
        .sees("because");
    *session.backend.refuse.lock().unwrap() = None;
    session.keys("<c-s>").sees("committed c0ffee0");
}

#[test]
fn drafts_survive_esc_and_hold_back_q() {
    let mut session = session();
    session.keys("wbecause<esc>").sees("draft kept for PB-NET-001").sees("draft");
    session.keys("<enter>").sees("because");
    session.keys("<esc><esc>");
    assert_eq!(session.state.screen, Screen::Findings);
    session.keys("q").sees("1 draft is not signed");
    assert!(!session.state.quitting);
    session.keys("w").sees("because");
    session.keys("<esc>2qq");
    assert!(session.state.quitting);
}

#[test]
fn the_engine_judges_what_is_typed() {
    let mut session = session();
    session.keys("wbecause<tab><c-w>2031-01-01").sees("expires later than 180 days");
    session.keys("<c-s>").sees("not signed: expires later");
    assert!(session.backend.commits.lock().unwrap().is_empty());
    session.keys("<c-w>soon").sees("not a date: YYYY-MM-DD");
}

#[test]
fn choices_turn_and_pasted_text_is_no_command() {
    let mut session = session();
    session.keys("w");
    session.send(Msg::Paste("two\nlines\u{1b}[2J".into()));
    session.sees("two lines[2J");
    session
        .keys("<down><down><down><down>")
        .sees("‹ risk-acceptance ›")
        .keys("<right>")
        .sees("‹ false-positive ›");
    session.keys("<esc>2");
    session.send(Msg::Paste("q".into()));
    assert!(!session.state.quitting);
}

#[test]
fn a_template_suggests_and_what_was_typed_stays() {
    let mut session = Session::new(Fake { templates: true, ..Fake::new() }, (80, 24));
    session.keys("w").sees("‹ none ›").keys("<tab><tab><tab>T-1<up><up><up><right>");
    session.sees("‹ noise ›").sees("It is no risk.").sees("2027-01-10").sees("T-1");
    session.sees("remediation: this repository requires it");
    // Another choice takes back what nobody typed.
    session.keys("<left>").sees("2027-02-20").sees("T-1");
    assert!(!session.screen().contains("remediation"));
}

#[test]
fn an_editor_takes_a_field_or_a_file() {
    let mut session = session();
    session.keys("wbecause<c-o>").sees("because and more");
    session.keys("<esc>2e").sees("back from the editor: r audits again");
    *session.backend.refuse.lock().unwrap() = Some("the editor `vi`: not found".to_owned());
    session.keys("e").sees("the editor `vi`: not found");
}

#[test]
fn on_a_low_screen_the_record_is_shown_before_it_is_signed() {
    let mut session = Session::new(Fake::new(), (60, 12));
    session.keys("wbecause<c-s>").sees("what will be written");
    assert!(session.backend.commits.lock().unwrap().is_empty());
    session.keys("<c-s>").sees("committed c0ffee0");
}

#[test]
fn results_that_nobody_waits_for_are_dropped() {
    let mut session = session();
    let before = session.screen();
    session.send(Msg::Job(JobId(9999), JobEvent::Failed(SafeText::new("late"))));
    assert_eq!(session.screen(), before);
}

#[test]
fn a_panic_in_the_engine_is_a_message() {
    let fake = Fake { panics: true, ..Fake::new() };
    let mut session = Session::new(fake, (80, 24));
    session.sees("the audit failed: internal error: a parser bug");
}

#[test]
fn nothing_read_is_not_clean() {
    let fake = Fake::new().change(|report| {
        report.findings.clear();
        report.review.clear();
        report.inconclusive.clear();
    });
    Session::new(fake, (80, 24)).sees("no findings, but this is not a clean result").sees("INCOMPLETE");
}

#[test]
fn the_dashboard_opens_what_needs_attention() {
    let mut session = session();
    session.keys("1").sees("2 files could not be parsed").sees("critical");
    session.keys("<enter>").sees("infra/broken.tf:12").sees("expected `}`").keys("<esc>").sees("needs you");
    session.keys("jj").keys("<enter>").sees("wv-fxabdh4cdmvwwwbvv0t7yncjhf");
}

#[test]
fn help_lists_and_runs_commands() {
    let mut session = session();
    session.keys("?").sees("keys that work here").sees("Trace the finding");
    session.keys("dashb<enter>").sees("needs you");
    session.keys(":audit again<enter>");
    session.sees("audited again: nothing changed");
}

#[test]
fn a_tiny_terminal_keeps_the_state() {
    let mut session = session();
    session.keys("jj/s3<enter>");
    let before = session.screen();
    session.send(Msg::Resize(20, 5));
    session.sees("terminal too small (");
    session.send(Msg::Resize(50, 5));
    session.sees("terminal too small (50x5), need 40x10");
    session.send(Msg::Resize(80, 24));
    assert_eq!(session.screen(), before);
}

#[test]
fn the_cursor_follows_its_finding_through_a_new_audit() {
    let mut session = session();
    session.keys("G");
    let subject = session.state.subject;
    session.backend.report.lock().unwrap().findings.remove(0);
    session.keys("r").sees("audited again: +0 -1, now 3 open findings");
    assert_eq!(session.state.subject, subject);
}

#[test]
fn copying_says_what_was_done() {
    let mut session = session();
    session.keys("yp").sees("sent to terminal clipboard (OSC 52): infra/storage/models.tf:7");
    assert!(session.effects.contains(&Effect::Copy(SafeText::new("infra/storage/models.tf:7"))));
    session.keys("yx");
    assert!(session.state.pending.is_empty());
}

#[test]
fn commands_that_cannot_act_say_why() {
    let mut session = session();
    session.keys("G").keys("w").sees("a review match does not gate");
    session.keys("gg").keys("t").sees("no finding is under the cursor");
}

#[test]
fn jobs_still_running_are_cancelled_on_leaving() {
    let mut session = session();
    session.eager = false;
    session.keys("r<c-c>");
    assert!(session.effects.iter().any(|effect| matches!(effect, Effect::Cancel(_))));
    assert!(session.state.quitting);
}

#[test]
fn many_findings_are_filtered_by_a_worker() {
    let fake = Fake::new().change(|report| {
        let policy = report.findings[0].policy.clone();
        let name = |n: u32| super::fake::finding(&policy, &format!("bucket{n}"), "infra/many.tf", n + 1);
        report.findings.extend((0..6000).map(name));
    });
    let mut session = Session::new(fake, (80, 24));
    session.eager = false;
    session.keys("/bucket4321").sees("6007 listed");
    session.work();
    session.sees("1 of 6007 listed").sees("bucket4321");
    session.keys("<esc>").sees("6007 listed");
}

#[test]
fn what_the_verdict_rests_on_is_marked_in_the_change() {
    let mut session = session();
    session.keys("t").sees("verdict before: pass   after: fail").sees("▶    7 │ +  bucket");
    session.sees("     6 │ +resource");
}

#[test]
fn a_life_is_walked_to_the_parent_and_back() {
    let mut session = session();
    session.keys("t").sees("▶reintroduced a1f3c9e").sees("─ introduced ");
    session.keys(",").sees("▶fixed        5d0c1aa").sees("verdict before: fail   after: pass");
    session.keys(",").sees("▶introduced   77be012").sees("before: no commit before   after: fail");
    session.keys("yc").sees("77be0120000");
    session.keys(",").sees("nothing happened to it before");
    session.keys("<<").sees("▶reintroduced a1f3c9e").sees("14 commits evaluated");
    session.keys("<").sees("nothing happened to it after");
    session.keys(",J").sees("PB-DATA-002").sees("▶reintroduced");
}

#[test]
fn origins_stand_in_the_list_and_group_it() {
    let mut session = Session::new(Fake::new(), (200, 60));
    session.sees("a1f3c9e 268d").sees("77be012 269d").sees("not yet");
    session.keys("gi").sees("▾ a1f3c9e  2026-03-02  Kim Example  Add it").sees("▾ 77be012  2026-03-01");
    session.sees("▾ not committed").sees("PB-NET-001");
    session.keys("ga").sees("▾ Kim Example  kim@example.com").sees("▾ Robin Example");
    session.keys("h").sees("▸ Kim Example").lacks("PB-NET-001  aws");
    session.keys("lgp").sees("▾ PB-NET-001  Training data is not reachable");
}

#[test]
fn the_oldest_come_first_when_sorted_by_age() {
    let mut session = Session::new(Fake::new(), (120, 40));
    session.keys("ga");
    let order = |session: &Session| -> Vec<String> {
        let rows = session.state.listing.lines.iter();
        let rows = rows.filter_map(|line| match line {
            crate::tui::listing::Line::Row(row) => session.state.store.get(*row),
            crate::tui::listing::Line::Head(_) => None,
        });
        rows.map(|row| format!("{} {}", row.policy().id, row.raw_resource())).collect()
    };
    let by_severity = order(&session);
    session.keys("gisa");
    let subject = session.state.subject;
    let by_age = order(&session);
    assert_eq!(by_severity.len(), by_age.len());
    let at = |order: &[String], what: &str| order.iter().position(|row| row.contains(what)).unwrap();
    // The newest commit's group first, whatever the age within it.
    assert!(at(&by_age, "PB-NET-001") < at(&by_age, "PB-DATA-002"));
    session.keys("gpss");
    assert_eq!(session.state.subject, subject, "the cursor stays on its finding");
}

#[test]
fn history_shows_posture_and_opens_the_audit_at_a_commit() {
    let mut session = session();
    session.keys("5").sees("open violations over 4 commits  2026-03-01 to 2026-03-02");
    session.sees("what was opened, shown now").sees("a1f3c9e  2026-03-02  Kim Example");
    session
        .keys("jjj")
        .sees("5d0c1aa  Remove the bucket")
        .sees("- fixed")
        .sees("something could not be read");
    session.keys("yc").sees("sent to terminal clipboard (OSC 52): 5d0c1aa0000");
    session.keys("<enter>").sees("rev 5d0c1aa").sees("3 listed");
    assert_eq!(session.state.screen, Screen::Findings);
    session.keys("r").sees("rev 5d0c1aa");
    session.keys("5").sees("*5d0c1aa").sees("back to what was opened");
    session.keys("gg<enter>").sees("work tree").sees("7 listed").lacks("rev 5d0c1aa");
}

#[test]
fn a_walk_through_the_past_can_be_stopped_and_started_again() {
    let mut session = session();
    session.eager = false;
    session
        .keys("5")
        .sees("walking through the history")
        .keys("<esc>")
        .sees("stopped; enter starts it again");
    assert_eq!(session.state.screen, Screen::History);
    let cancelled = session.effects.iter().any(|effect| matches!(effect, Effect::Cancel(_)));
    assert!(cancelled);
    session.keys("<enter>").sees("walking through the history");
    session.work();
    session.sees("open violations over 4 commits").keys("<esc>");
    assert_eq!(session.state.screen, Screen::Findings);
}

#[test]
fn a_waiver_is_approved_from_the_list_only_by_ctrl_s() {
    let mut session = session();
    session.keys("4").sees("approve").sees("revoke");
    session.keys("A").sees("Approval for").sees("PB-DATA-002").sees("its reason").sees("draft is valid");
    session
        .keys("For this month")
        .sees("comment: \"For this month\"")
        .sees(".ap-")
        .sees("signer")
        .sees("main");
    assert!(session.backend.commits.lock().unwrap().is_empty());
    session.keys("<c-s>").sees("committed c0ffee0");
    assert_eq!(session.state.screen, Screen::Waivers);
    let (act, form) = session.backend.commits.lock().unwrap().pop().unwrap();
    assert_eq!((act, form.text(Field::Comment)), (Act::Approve, "For this month"));
    let summary = crate::tui::ExitSummary::of(&session.state);
    assert_eq!(summary.last_line(), "probity: 4 open findings seen, wv-fxabdh4cdmvwwwbvv0t7yncjhf approved");
}

#[test]
fn why_one_may_not_decide_is_shown_and_nothing_is_lost() {
    let mut session = session();
    session.keys("4A").keys("Fine by me<tab>engineer").sees("does not decide on high findings");
    session.keys("<c-s>").sees("not signed: the role engineer does not decide").sees("Fine by me");
    assert!(session.backend.commits.lock().unwrap().is_empty());
    session.keys("<c-w>owner<c-s>").sees("committed c0ffee0");
    let (_, form) = session.backend.commits.lock().unwrap().pop().unwrap();
    assert_eq!((form.text(Field::Comment), form.text(Field::Role)), ("Fine by me", "owner"));
}

#[test]
fn a_waiver_is_revoked_for_good() {
    let mut session = session();
    session.keys("4V").sees("Revocation for").sees("say why it ends");
    session.keys("<c-s>").sees("not signed: reason: say why it ends");
    session.keys("The run is over<c-s>").sees("committed c0ffee0").sees("revoked");
    session.keys("V").sees("is revoked, for good").keys("A").sees("is revoked, for good");
    assert_eq!(session.backend.commits.lock().unwrap().len(), 1);
}

#[test]
fn a_waiver_is_renewed_with_a_new_reason() {
    let mut session = session();
    session.keys("4jw").sees("Renewal for").sees("aws_s3_bucket.eval").sees("say why this is acceptable");
    session.keys("One more month<c-s>").sees("committed c0ffee0");
    let (act, form) = session.backend.commits.lock().unwrap().pop().unwrap();
    assert_eq!((act, form.text(Field::Reason)), (Act::Renew, "One more month"));
    session.keys("2").sees("2 waived");
}

#[test]
fn drafts_about_waivers_are_kept_apart() {
    let mut session = session();
    session.keys("4Xtoo broad<esc>").sees("draft kept for wv-").sees("reject");
    session.keys("jA").keys("fine<esc>").sees("approve");
    // The cursor is on the first record: two drafts stand above it.
    session.keys("ggj<enter>").sees("Rejection for").sees("too broad").keys("<esc>");
    session.keys("gg<enter>").sees("Approval for").sees("fine");
    session.keys("<esc><esc>q").sees("2 drafts are not signed");
}

#[test]
fn what_cannot_be_done_about_a_waiver_says_why() {
    let orphan = Fake::new().change(|report| {
        report.waivers[0].fingerprint = Some("pf1:00".into());
        report.waivers[1].state = "invalid".into();
        report.waivers[1].id = ".probity/waivers/junk".into();
    });
    let mut session = Session::new(orphan, (80, 24));
    session.keys("4w").sees("its finding is gone, so there is nothing to renew");
    session.keys("V").sees("Revocation for").sees("no finding of this audit").keys("<esc>");
    session.keys("GA").sees("no waiver is under the cursor");
    session.keys("2:waiver.approve<enter>").sees("choose a waiver on the Waivers screen first");
}

#[test]
fn a_field_that_the_repository_requires_is_marked_and_checked() {
    let mut session = session();
    *session.backend.ticket.lock().unwrap() = true;
    session.keys("wbecause").sees("ticket*").sees("ticket: this repository requires it");
    session.keys("<c-s>").sees("not signed: ticket: this repository requires it");
    session.keys("RISK-7<c-s>").sees("committed c0ffee0");
}

#[test]
fn marks_lead_to_one_commit_of_several_records() {
    let mut session = session();
    session.keys(" ").sees("1 marked").keys(" ").sees("2 marked");
    session.keys("w").sees("Waiver for").keys("<esc>");
    // Nobody typed anything, so there is no draft.
    assert!(session.state.drafts.is_empty());
    session
        .keys("2wboth are scratch")
        .sees("and 1 more records like it")
        .keys("<c-s>")
        .sees("committed c0ffee0: 2 records");
    assert_eq!(session.backend.commits.lock().unwrap().len(), 1);
    assert_eq!(session.state.committed.len(), 2);
    session.lacks("marked");
    // What was committed is not taken back but ended.
    session.keys("z").sees("2 waivers were committed together: V on each revokes it");
}

#[test]
fn a_range_and_all_of_the_filter_can_be_marked() {
    let mut session = session();
    session.keys("v").sees("a range begins here").keys("jjv");
    let marked = session.state.desk.marked.len();
    assert!(marked >= 2, "{marked}");
    session.keys("z").sees("taken back: mark").lacks(" marked");
    session.keys("Z").sees("done again: mark").sees("marked");
    session.keys("u").lacks("2 marked");
    session.keys("v<esc>").lacks("a range begins");
    assert_eq!(session.state.range, None);
    session.keys("/sev>=high<enter>a");
    let high = session.state.store.iter().filter(|row| row.severity() >= Severity::High).count();
    assert_eq!(session.state.desk.marked.len(), high);
}

#[test]
fn reviews_go_on_to_the_next_and_come_back_when_the_finding_changes() {
    let mut session = session();
    let first = session.state.focused().unwrap().key();
    session.keys("m").sees("✓").sees("reviewed 1 of ");
    assert_ne!(session.state.focused().unwrap().key(), first);
    session.keys("cask Kim about this<enter>").keys("CMonday<enter>");
    session.keys("K/is:reviewed<enter>");
    assert_eq!(session.state.listing.matching, 1);
    session.keys("/<c-k>note:kim<enter>");
    assert_eq!(session.state.listing.matching, 1);
    session.keys("x").sees("evidence is in /home/kim/evidence/acme-1");
    let exports = session.backend.exports.lock().unwrap().clone();
    assert_eq!((exports[0].lines.len(), exports[0].session_note.as_str()), (2, "Monday"));
    let kept = session.backend.sitting.lock().unwrap().clone().unwrap();

    // The next sitting: the same review, unless what was reviewed is not the same any more.
    let again = |report: Report| {
        let fake =
            Fake { sitting: Mutex::new(Some(kept.clone())), report: Mutex::new(report), ..Fake::new() };
        Session::new(fake, (120, 40))
    };
    let report = session.backend.report.lock().unwrap().clone();
    let mut same = again(report.clone());
    assert_eq!(same.state.filter.text(), "note:kim");
    same.keys("/<c-k>is:reviewed<enter>");
    assert_eq!(same.state.listing.matching, 1);
    let mut report = report;
    for finding in &mut report.findings {
        finding.message.push_str(" And more.");
    }
    let mut other = again(report);
    other.keys("/<c-k>is:reviewed<enter>").sees("no finding matches the filter");
    other.keys("/<c-k>is:changed<enter>").sees("~");
}

#[test]
fn drafts_are_there_in_the_next_sitting() {
    let mut session = session();
    session.keys("wa good reason<esc>").sees("draft kept");
    let kept = session.backend.sitting.lock().unwrap().clone().unwrap();
    let fake = Fake { sitting: Mutex::new(Some(kept)), ..Fake::new() };
    let mut next = Session::new(fake, (120, 40));
    next.sees("drafts: 1").keys("w").sees("a good reason");
    // What another version wrote is neither read nor written over.
    let odd = "{\"version\": 99}".to_owned();
    let fake = Fake { sitting: Mutex::new(Some(odd.clone())), ..Fake::new() };
    let mut other = Session::new(fake, (120, 40));
    other.sees("this sitting is not kept");
    other.keys("m");
    assert_eq!(*other.backend.sitting.lock().unwrap(), Some(odd));
}

#[test]
fn the_filter_completes_and_says_what_it_does_not_know() {
    let mut session = session();
    session.keys("/sevv:high").sees("did you mean `sev`?").keys("<c-k>se").sees("sev>=").keys("<tab>h<tab>");
    assert_eq!(session.state.filter.text(), "sev>=high");
    session.keys("<enter>");
    assert!(session.state.listing.matching < session.state.store.len());
    session.keys("/<c-k>status:wa<tab><enter>");
    assert_eq!(session.state.filter.text(), "status:waived");
    assert!(session.state.listing.matching > 0);
}

#[test]
fn the_list_is_grouped_and_sorted_in_every_way() {
    let mut session = session();
    let all = session.state.store.len();
    for keys in ["gc", "go", "gr", "gf", "gs", "gi", "ga", "gn", "gp"] {
        session.keys(keys);
        assert_eq!(session.state.listing.matching, all, "{keys}");
        for sort in ["sp", "so", "sa", "sr", "ss"] {
            session.keys(sort);
            assert_eq!(session.state.listing.matching, all, "{keys} {sort}");
        }
        session.keys("sr");
    }
    session.keys("gs").sees("critical");
    session.keys("z");
    assert_eq!(session.state.desk.view.group, GroupBy::Policy);
}

#[test]
fn a_pane_can_have_all_the_room_and_the_mouse_chooses() {
    let mut session = Session::new(Fake::new(), (120, 40));
    session.sees("│").keys("+").lacks("─ why ─").keys("<enter>").sees("─ why ─").keys("_<esc>").sees("│");
    session.keys("gg");
    let click = |row| Msg::Mouse(Click::Press, 10, row);
    session.send(click(6));
    assert_eq!(session.state.list.cursor, 3);
    session.send(click(6));
    assert!(session.state.in_detail);
    session.keys("<esc>");
    session.send(Msg::Mouse(Click::WheelUp, 10, 6));
    assert_eq!(session.state.list.cursor, 0);
    session.send(Msg::Mouse(Click::Press, 65_535, 65_535));
    let effects = update(&mut session.state, Msg::Key(KeyEvent::new(KeyCode::F(2), KeyModifiers::NONE)));
    assert!(effects.contains(&Effect::Mouse(true)));
}

#[test]
fn policies_are_stepped_over_and_watching_says_when_it_cannot() {
    let mut session = session();
    let policy = |session: &Session| session.state.focused().unwrap().policy().id.to_string();
    let first = policy(&session);
    session.keys("]p");
    assert_ne!(policy(&session), first);
    session.keys("[p");
    assert_eq!(policy(&session), first);
    session.send(Msg::Key(KeyEvent::new(KeyCode::F(5), KeyModifiers::NONE)));
    session.sees("not watching any more: no files to watch");
}

#[test]
fn what_was_said_can_be_read_again() {
    let mut session = session();
    session.keys("yf").keys("m:messages<enter>").sees("messages, the newest first");
    session.sees("sent to terminal clipboard").keys("q").lacks("messages, the newest first");
    assert!(!session.state.quitting);
    session.keys(":messages<enter>jjGgg<esc>").lacks("messages, the newest first");
}

#[test]
fn a_commit_is_shown_whole_and_a_line_as_it_is_stored() {
    let mut session = session();
    session.keys("d").lacks("all of commit").keys("t").keys("d").sees("all of commit a1f3c9e");
    session.sees("infra/storage/models.tf").keys("<esc>").sees("─ life ").keys("<esc>");
    session.keys("R").sees("code points of infra/").sees("U+0062").keys("<esc>");
    let mut odd = Fake::new();
    odd.source = (*b"a\n\n\n\n\n\n\xe2\x80\xae\x9b\n").to_vec();
    let mut session = Session::new(odd, (80, 24));
    session.keys("R").sees("U+202E").sees("byte 9B");
}

#[test]
fn findings_are_compared_with_a_commit() {
    let mut session = session();
    session.keys("/is:new").sees("is:new compares with a commit").keys("<enter>");
    session.sees("no finding matches the filter").sees("! is:new compares with a commit").keys("<esc><esc>");
    session.keys("1b").sees("b on a commit compares with it").keys("jb").sees("+2 -");
    session.keys("2/is:new<enter>");
    assert_eq!(session.state.listing.matching, 2);
    session.sees("since ").sees("+");
    session.keys("r");
    assert!(session.state.desk.new.is_some(), "compared again after an audit");
    session.keys("<esc>5ggb").sees("compared with no commit any more");
    assert_eq!(session.state.desk.new, None);
}

#[test]
fn links_lead_to_the_line_or_the_commit() {
    let mut session = Session::new(Fake::new(), (200, 60));
    session.keys("o").sees("no remote of this repository");
    session.state.web = crate::model::Web::of("git@github.com:acme/claims-ml.git");
    session.keys("yl").sees("https://github.com/acme/claims-ml/blob/");
    session.keys("o").sees("opened https://github.com/acme/claims-ml/blob/");
    session.keys("to").sees("opened https://github.com/acme/claims-ml/commit/a1f3c9e");
}

#[test]
fn signs_can_be_ascii() {
    let theme = Theme::built_in("mono").unwrap().with_ascii(true);
    for keys in ["", "<enter>", "1", "t", "wbecause", "5", "m?", "5jb"] {
        for size in [(80, 24), (200, 60)] {
            let mut session = Session::new(Fake::new(), size);
            session.state.theme = Arc::new(theme.clone());
            session.keys(keys);
            let screen = session.screen();
            let odd: String = screen.chars().filter(|c| !c.is_ascii()).collect();
            assert_eq!(odd.replace('…', ""), "", "{keys}:\n{screen}");
        }
    }
}

#[test]
fn a_colleagues_reviews_are_added_and_stay_bound() {
    let mut session = session();
    session.keys("m").keys("cask Kim<enter>").keys("CMonday<enter>").keys("x");
    let told = session.backend.exports.lock().unwrap()[0].clone();
    let findings = told.lines.iter().map(|line| {
        serde_json::json!({
            "fingerprint": line.fingerprint.to_string(),
            "verdict": line.verdict.as_str(),
            "reviewed": line.reviewed.map(|digest| digest.to_string()),
            "note": line.note,
        })
    });
    let findings: Vec<_> = findings.collect();
    let mut text = serde_json::json!({"schema": TRIAGE, "note": told.session_note, "findings": findings});
    let triage = Triage::parse(&text.to_string()).unwrap();
    let mut next = Session::idle(Fake::new(), (120, 40));
    next.state.handed_over = Some(triage);
    let effects = start(&mut next.state);
    next.perform(effects);
    next.keys(":messages<enter>").sees("taken over: 1 review and 1 note").keys("<esc>");
    next.keys("/is:reviewed<enter>");
    assert_eq!(next.state.listing.matching, 1);
    assert_eq!(&*next.state.desk.session_note, "Monday");
    text["schema"] = "probity.triage/v9".into();
    assert!(Triage::parse(&text.to_string()).unwrap_err().contains("probity.triage/v9"));
}
