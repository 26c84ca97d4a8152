//! Systems and their settings.

use super::OperationDoc;
use crate::openapi::generate::requests::{Nothing, SystemSettings};
use crate::{CheckAnswer, Code, SystemView};

pub(super) fn operations() -> Vec<OperationDoc> {
    vec![
        OperationDoc::named("listSystems", "The systems that the token covers")
            .page::<SystemView>(),
        OperationDoc::named("getSystem", "A system's settings and state")
            .answer::<SystemView>(200, "The system, without its secrets."),
        OperationDoc::named("putSystem", "Make a system or put its settings")
            .text("Makes no call to iLOQ. The settings are replaced as a whole: an optional member that is left out \
                 gets its default. The secrets differ: `password` is needed at creation and whenever \
                 `serviceAddress`, `serviceCode` or `userName` change, otherwise it is kept; `apiKey` is kept \
                 when left out and removed by `null`. Putting the settings of a suspended system makes it active \
                 again, and one login is tried.")
            .body::<SystemSettings>()
            .answer::<SystemView>(200, "Changed, or as it was.")
            .answer::<SystemView>(201, "Made.")
            .problems(&[Code::AddressNotAllowed]),
        OperationDoc::named("deleteSystem", "Forget a system")
            .text("Changes nothing in iLOQ but ends the kept session. The system is gone at once; a later one of \
                 the same name starts empty.")
            .done("Gone."),
        OperationDoc::named("checkSystem", "Check a system's set-up")
            .text("Changes nothing in iLOQ. On a suspended system `login` fails with the stored reason, the rest is \
                 skipped, and no call is made.")
            .body::<Nothing>()
            .answer::<CheckAnswer>(200, "The checks, in a fixed order."),
    ]
}
