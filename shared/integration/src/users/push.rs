//! Writing one user to iLOQ: each function may be repeated after a crash or a lost answer.

use iloq_client::{IloqApi, Lookup};
use iloq_model::{Person, PersonId, ZoneId};

use super::{
    fields::Fields,
    matching,
    merge::{Merge, merge},
    record::{Base, Link, UserRecord},
};
use crate::{platform::Store, problem::Stop, users::store::UserStore};

/// How often a user that keeps changing is written again by one writer; the next one goes on.
const SETTLE_ROUNDS: u32 = 5;

/// Writes `fields` into `person`, and `external_id` where the person has none. Calls iLOQ only if that
/// changes something; afterwards `person` is what iLOQ has.
///
/// # Errors
/// iLOQ's error. After a lost answer the record is read back first.
pub async fn write_person(
    api: &impl IloqApi,
    person: &mut Person,
    fields: &Fields,
    external_id: Option<&str>,
) -> Result<bool, Stop> {
    let mut wanted = person.clone();
    fields.write_to(&mut wanted);
    if let Some(id) = external_id
        && wanted.external_person_id.as_deref().unwrap_or_default().is_empty()
    {
        wanted.external_person_id = Some(id.to_owned());
    }
    if wanted == *person {
        return Ok(false);
    }
    match api.update_person(&wanted).await {
        Ok(()) => {}
        Err(error) if error.outcome_unknown() => match api.person(wanted.id).await? {
            Lookup::Found(now)
                if Fields::of_person(&now) == *fields
                    && now.external_person_id == wanted.external_person_id => {}
            _ => return Err(error.into()),
        },
        Err(error) => return Err(error.into()),
    }
    *person = wanted;
    Ok(true)
}

/// Links `user` to `person` and brings both to the common value.
///
/// # Errors
/// iLOQ's error; the user is then unchanged.
pub async fn link(
    api: &impl IloqApi,
    id: &str,
    user: &mut UserRecord,
    mut person: Person,
    merge: Merge,
) -> Result<Merge, Stop> {
    write_person(api, &mut person, &merge.result, Some(id)).await?;
    linked(user, &person, &merge);
    Ok(merge)
}

/// Notes that `user` and `person` have the merge's result.
pub fn linked(user: &mut UserRecord, person: &Person, merge: &Merge) {
    user.set_common(merge.result.clone());
    user.person = Some(person.id);
    user.external_id = person.external_person_id.clone().unwrap_or_default();
    if user.link != Link::Undeletable {
        user.link = Link::Linked;
    }
    user.waiting = None;
}

/// The merge of a user with a person that may have been made for it.
#[must_use]
pub fn merge_with(user: &UserRecord, person: &Person, derived: PersonId) -> Merge {
    let iloq = Fields::of_person(person);
    // A person that we made has nothing that the portal does not know.
    let made = (person.id == derived).then_some(&iloq);
    merge(user.base().or(made), &user.fields, &iloq)
}

/// Makes the person of `user`, or adopts the one that an earlier try made.
///
/// # Errors
/// iLOQ's error; the user is then unchanged.
pub async fn create(
    api: &impl IloqApi,
    id: &str,
    user: &mut UserRecord,
    derived: PersonId,
    zones: &[ZoneId],
) -> Result<Merge, Stop> {
    let mut person = Person::new(derived);
    person.external_person_id = Some(id.to_owned());
    person.person_code = Some(String::new());
    user.fields.write_to(&mut person);
    match api.insert_person(&person, zones).await {
        Ok(()) => {}
        Err(error) if error.is_unavailable() && !error.outcome_unknown() => return Err(error.into()),
        // Lost, or refused perhaps because an earlier try has made it: read back.
        Err(error) => match api.person(derived).await? {
            Lookup::Found(found) => {
                let merge = merge_with(user, &found, derived);
                return link(api, id, user, found, merge).await;
            }
            Lookup::Absent => return Err(error.into()),
        },
    }
    let merge = Merge { result: user.fields.clone(), ..Merge::default() };
    linked(user, &person, &merge);
    user.base = Base::Same;
    Ok(merge)
}

/// Two writers of one user may have reached iLOQ in the other order than the store. Whoever finds that the
/// stored user is not the one it wrote gives iLOQ the stored values, until nothing moves any more.
///
/// # Errors
/// iLOQ's or the store's error.
pub async fn settle<S: Store>(
    api: &impl IloqApi,
    users: &UserStore<'_, S>,
    id: &str,
    written: &UserRecord,
    person: PersonId,
) -> Result<(), Stop> {
    let mut seen = (written.rev, written.writer.clone());
    for _ in 0..SETTLE_ROUNDS {
        let Some(own) = users.own(id)?.filter(|own| own.order() >= written.order()) else { return Ok(()) };
        if (own.rev, &own.writer) == (seen.0, &seen.1) || !own.is_visible() {
            return Ok(());
        }
        let Lookup::Found(mut now) = api.person(person).await? else { return Ok(()) };
        let fields = if own.base().is_some() || now.id == derived(api.session().await?.lock_group, id, &own) {
            own.fields.clone()
        } else {
            // It has not met its person yet, so what it lacks is not to be cleared.
            merge(None, &own.fields, &Fields::of_person(&now)).result
        };
        write_person(api, &mut now, &fields, None).await?;
        seen = (own.rev, own.writer);
    }
    Ok(())
}

/// The person that bears the user's id as `ExternalPersonId`, or that was made for the user.
///
/// # Errors
/// iLOQ's error.
pub async fn find_own(api: &impl IloqApi, id: &str) -> Result<Option<Person>, Stop> {
    let found = api.persons_by_external_id(id).await?;
    Ok(found.into_iter().find(|p| p.external_person_id.as_deref() == Some(id)))
}

/// The person to make for `user` in this locking system.
#[must_use]
pub fn derived(lock_group: iloq_model::LockGroupId, id: &str, user: &UserRecord) -> PersonId {
    matching::derived_person_id(lock_group, id, user.generation)
}
