//! Everything that is measured runs, and both sides do what they should. No time is looked at.

use bench::{Functions, Scale, jobs, table};
use clap::ValueEnum;

#[tokio::test(flavor = "multi_thread")]
async fn every_job_is_done_by_both_sides() {
    let bench = jobs::Bench { functions: Functions::start().await.unwrap(), scale: Scale::quick() };
    let rows = jobs::all(&bench, jobs::Group::value_variants(), |_| Ok(())).await.unwrap();
    assert_eq!(rows.len(), 12);
    for row in &rows {
        assert!(row.ours.len() == 1 && row.peer.len() == 1 && row.wire.len() == 1, "{}", row.job);
    }
    assert_eq!(table::table(&rows).lines().count(), rows.len() + 2);
}
