//! The way of a waiver into the repository: signed, committed, read back, and nothing else touched.

mod waiver_common;

use probity::model::Status;
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
