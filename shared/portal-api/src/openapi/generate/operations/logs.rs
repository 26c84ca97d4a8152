//! The access log, and what iLOQ tells by itself.

use super::OperationDoc;
use crate::openapi::generate::requests::{IloqEvent, Nothing, PutSubscription};
use crate::{Code, LogPulled, LogRow, LogSummary, SubscriptionView};

pub(super) fn operations() -> Vec<OperationDoc> {
    vec![
        OperationDoc::named("pullLogs", "Pull the access log from iLOQ")
            .text("Everything that has arrived in iLOQ since the last pull, by arrival, without a gap; no row \
                 twice. The first pull begins with `logs.from` of the settings, else with everything. The names \
                 in a row are those at this moment and never change.")
            .body::<Nothing>()
            .answer::<LogPulled>(200, "Pulled to the end.")
            .cut::<LogPulled>("Cut by the time limit; the next call or the job goes on.")
            .iloq()
            .problems(&[Code::SetupIncomplete]),
        OperationDoc::named("listLogs", "The access log, newest first")
            .text("By `occurredAt`; rows without one stand where they arrived (`receivedAt`). `from` is included, \
                 `until` is not. `user` is a user's id, `key` and `door` are iLOQ's ids, `event` is one of \
                 `accessGranted`, `accessDenied`, `lockProgrammed`, `keyProgrammed`, `other`.\n\n\
                 As JSON: a page. As JSON lines or CSV, without `limit`: the whole range in one answer, as it was \
                 when it was asked for. If the time of the call ends first, the transfer is broken off (no last \
                 chunk, the connection closes): an answer that ended properly is complete. A long range is asked \
                 for in parts with `from` and `until`, or with `limit` as pages, whose `Link` header has the next \
                 one.\n\n\
                 CSV is RFC 4180 in UTF-8 with a header line. A text that a spreadsheet would take for a formula \
                 has an apostrophe before it.")
            .page::<LogRow>()
            .also("application/x-ndjson", "One row (`LogRow`) in each line.")
            .also("text/csv", "Header line \
                 `id,occurredAt,receivedAt,doorId,doorName,keyId,keyName,personName,userId,personUncertain,event,granted,timeUncertain,error`, \
                 then one row in each line.")
            .problems(&[Code::NotAcceptable, Code::SetupIncomplete]),
        OperationDoc::named("feedLogs", "The access log as it arrives")
            .text("By arrival, oldest first: each row once, in the order in which it was pulled. Come back with \
                 `next` as `after`. As JSON lines or CSV, without `limit`: everything up to now, and the `Link` \
                 header has the place to come back to; if the transfer is broken off, ask again from where you \
                 were. `cursor-expired`: rows after the cursor were erased (`logs.retentionDays`); begin again \
                 without it.")
            .feed::<LogRow>()
            .also("application/x-ndjson", "One row (`LogRow`) in each line.")
            .also("text/csv", "As in the list.")
            .problems(&[Code::CursorExpired, Code::NotAcceptable, Code::SetupIncomplete]),
        OperationDoc::named("summariseLogs", "How many rows by hour, day, door or person")
            .text("`by` is `hour`, `day` (if it is left out), `door` or `person`. `from` is included, `until` is \
                 not; left out: no bound. By hour at most 31 days, and `from` is needed.\n\n\
                 Days and hours are those of the wall clock in the system's time zone: a day in spring has 23 \
                 hours, and one in autumn has an hour that counts twice. Only buckets with rows are listed: hours \
                 and days in order, doors and persons with the most rows first. Whole days are quick; of a part \
                 of a day the rows are counted.")
            .answer::<LogSummary>(200, "The counts.")
            .problems(&[Code::InProgress, Code::SetupIncomplete]),
        OperationDoc::named("receiveEvent", "Take an event from iLOQ's webhook")
            .text("iLOQ posts here; no token is needed, since the body is signed. Any event whose signature is \
                 right is answered with 204: also one that was taken before, one whose `CreationTimeUtc` is more \
                 than 15 minutes off, one of a kind that is not known, and a body that can't be read; those have \
                 no effect. `device_log_arrived` asks the next job `pull-logs` to come to this system first; \
                 `key_added` and `key_blocklisted` ask the next job `refresh-keys` to look at the key.\n\n\
                 A wrong signature, a missing one and an unknown system all get the same 401, and nothing is \
                 stored.")
            .body::<IloqEvent>()
            .done("Taken."),
        OperationDoc::named("getSubscription", "The subscription of iLOQ's webhook")
            .text("As it was last seen by `PUT` or the job `renew-subscriptions`; makes no call to iLOQ. \
                 `not-found` if there is none.")
            .answer::<SubscriptionView>(200, "The subscription, without its sign key."),
        OperationDoc::named("putSubscription", "Subscribe to iLOQ's webhook, or change the subscription")
            .text("Makes one subscription in iLOQ for each event, or changes those that are there; what was \
                 subscribed and is not asked for any more is ended. The sign key is read from iLOQ and kept \
                 sealed. Subscriptions end after 364 days; the job `renew-subscriptions` renews them 30 days \
                 before, and makes those anew that iLOQ has lost.\n\n\
                 A subscription in iLOQ that posts the same event to the same URL already is taken over. iLOQ \
                 takes three subscriptions of an event for each locking system: if there are three others, the \
                 answer is `setup-incomplete` and names them, and nothing is changed.\n\n\
                 The API user needs the right AdministrateLockingSystem: else `iloq-rights-missing`.")
            .body::<PutSubscription>()
            .answer::<SubscriptionView>(200, "Changed, or as it was.")
            .answer::<SubscriptionView>(201, "Made.")
            .iloq()
            .problems(&[Code::SetupIncomplete, Code::InProgress]),
        OperationDoc::named("deleteSubscription", "End the subscription")
            .text("Removes it in iLOQ, too. What is gone already is fine.")
            .done("There is none any more.")
            .iloq()
            .problems(&[Code::InProgress]),
    ]
}
