//! The structure of a locking system.

use super::{IncompleteRun, OperationDoc};
use crate::openapi::generate::requests::Nothing;
use crate::{AccessRightView, Door, Location, Scanner, StructureAnswer, TimeProfile, ZoneView};

pub(super) fn operations() -> Vec<OperationDoc> {
    vec![
        OperationDoc::named("syncStructure", "Read the structure from iLOQ")
            .text("Locks, network modules and devices, zones, real estates, access rights and time profiles.")
            .body::<Nothing>()
            .answer::<StructureAnswer>(200, "Read.")
            .cut::<IncompleteRun>("Cut by the time limit; the next call or the job goes on.")
            .iloq(),
        OperationDoc::named("listLocations", "Locations").page::<Location>(),
        OperationDoc::named("listZones", "Zones").page::<ZoneView>(),
        OperationDoc::named("listDoors", "Doors").page::<Door>(),
        OperationDoc::named("listScanners", "Network modules and devices").page::<Scanner>(),
        OperationDoc::named("listAccessRights", "Access rights")
            .text("Those that can be given through this API; all with `all=true`.")
            .page::<AccessRightView>(),
        OperationDoc::named("listTimeProfiles", "Time profiles").page::<TimeProfile>(),
    ]
}
