//! The routes of the component `sync-structure`.

use portal_api::{
    Code, Problem,
    types::{
        AccessRightView, Door, Location, Scanner, StructureAnswer, StructureCounts, TimeProfile, ZoneView,
        read_nothing,
    },
};

use super::{list::list, sync};
use crate::{
    http::{Answer, Call},
    platform::Platform,
    problem::Stop,
};

/// Carries out the operation of a call.
///
/// # Errors
/// What the caller is told.
pub async fn handle<P: Platform>(call: Call<'_, P>) -> Result<Answer, Stop> {
    match call.operation.id {
        "syncStructure" => {
            read_nothing(call.members.clone())?;
            let run = sync(call.system()?, &call.intent).await?;
            let counts = StructureCounts::from(&run.counts);
            Ok(Answer::json(200, &StructureAnswer { run: run.view(), counts }))
        }
        "listLocations" => list::<Location, P>(&call, |_| true),
        "listZones" => list::<ZoneView, P>(&call, |_| true),
        "listDoors" => list::<Door, P>(&call, |_| true),
        "listScanners" => list::<Scanner, P>(&call, |_| true),
        "listAccessRights" => {
            let all = call.query.flag("all");
            list::<AccessRightView, P>(&call, |right| all || right.assignable)
        }
        "listTimeProfiles" => list::<TimeProfile, P>(&call, |_| true),
        _ => Err(Problem::of(Code::NotFound).into()),
    }
}
