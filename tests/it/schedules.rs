//! The application with schedules: jobs are done without anybody calling them.

use portal_api::routes::{BUILT_JOBS, Job};
use serde_json::{Value, json};

use crate::support::{Iloq, Setup, until};

const HOUSE: &str = "/v1/systems/house";
const DAY: i64 = 24 * 60 * 60;

#[tokio::test(flavor = "multi_thread")]
async fn every_job_is_called_at_its_time_and_syncs_come_of_themselves() {
    let (app, iloq) = (Setup::new().with_schedules().start().await, Iloq::with_persons(3).await);
    iloq.set_up(&app.portal, "house").await;
    // Every schedule comes by within a day.
    app.handle.set_clock_offset(DAY);
    let called = |job: Job| {
        let log = app.log.lock().unwrap();
        let mut lines = log.iter().filter_map(|line| line.split_once(": ")?.1.parse::<Value>().ok());
        let of = |line: &Value| line["event"] == "schedule" && line["job"] == job.name();
        lines.rfind(of)
    };
    for &job in BUILT_JOBS {
        let line = until(job.name(), async || called(job)).await;
        assert_eq!(line["status"], 200, "{line}");
        assert!(line["systems"].get("failed").is_none(), "{line}");
    }
    let synced = until("a sync", async || {
        let status = app.portal.get("/v1/status").await.expect(200);
        let success = &status["systems"][0]["lastSuccess"];
        (success["sync-users"].is_string() && success["sync-structure"].is_string()).then_some(status)
    });
    synced.await;
    let users = app.portal.get(&format!("{HOUSE}/users")).await.expect(200);
    assert_eq!(users["items"].as_array().unwrap().len(), 3, "{users:#}");
    let audit = app.portal.get(&format!("{HOUSE}/audit")).await.expect(200);
    assert!(audit.to_string().contains("sync-users"), "{audit:#}");

    // A person that is added in Manager comes with the next tick.
    let person = json!({ "FirstName": "Matti", "LastName": "Manager" });
    iloq.simulator.add(None, "persons", person.as_object().unwrap().clone()).unwrap();
    app.handle.set_clock_offset(DAY + 3_600);
    until("the new person", async || {
        let users = app.portal.get(&format!("{HOUSE}/users")).await.expect(200);
        (users["items"].as_array().unwrap().len() == 4).then_some(())
    })
    .await;
    app.stop().await;
}
