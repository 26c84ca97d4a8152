//! Key tags: free pairs of name and value on a key.

use uuid::Uuid;

use crate::{
    call::Call,
    http::{Answer, Outcome, Refusal},
    keys::{in_use, visible},
    operation::{Operation, Rights},
    shape::{Record, shape},
    world::guid,
};

const READ: Rights = Rights::All(512);
const WRITE: Rights = Rights::All(524_288);

pub(crate) const OPERATIONS: &[Operation] = &[
    Operation::new("KeyTags_GetAll", "GET", "KeyTags", READ, |call| list(call, None)),
    Operation::new("KeyTags_GetTagsByFNKey", "GET", "Keys/{}/KeyTags", READ, |call| {
        let id = call.id(0)?;
        visible(call, id)?;
        list(call, Some(id))
    }),
    Operation::new("KeyTags_GetById", "GET", "KeyTags/{}", READ, |call| {
        let id = call.id(0)?;
        Answer::of(&shape("KeyTag").render(tag(call, id)?))
    }),
    Operation::new("KeyTags_Insert", "POST", "KeyTags", WRITE, |call| put(call, true)).body("KeyTag"),
    Operation::new("KeyTags_Update", "PUT", "KeyTags", WRITE, |call| put(call, false)).body("KeyTag"),
    Operation::new("KeyTags_Delete", "DELETE", "KeyTags/{}", WRITE, |call| {
        let id = call.id(0)?;
        tag(call, id)?;
        call.system.key_tags.remove(id);
        Ok(Answer::Void)
    }),
];

fn sees(call: &Call<'_>, tag: &Record) -> bool {
    guid(tag, "FNKey_ID").is_some_and(|key| visible(call, key).is_ok())
}

fn tag<'a>(call: &'a Call<'_>, id: Uuid) -> Result<&'a Record, Refusal> {
    let found = call.system.key_tags.get(id).filter(|tag| sees(call, tag));
    found.ok_or_else(|| Refusal::not_found("Key tag", id))
}

fn list(call: &mut Call<'_>, key: Option<Uuid>) -> Outcome {
    let tags = call.system.key_tags.iter().map(|(_, tag)| tag).filter(|tag| sees(call, tag));
    let tags = tags.filter(|tag| key.is_none_or(|key| guid(tag, "FNKey_ID") == Some(key)));
    Answer::of(&tags.map(|tag| shape("KeyTag").render(tag)).collect::<Vec<_>>())
}

fn put(call: &mut Call<'_>, new: bool) -> Outcome {
    let id = guid(&call.body, "Tag_ID").unwrap_or_default();
    let key = guid(&call.body, "FNKey_ID").unwrap_or_default();
    if new && call.system.key_tags.contains(id) {
        return Err(Refusal::invalid("Tag_ID", id));
    }
    if !new {
        tag(call, id)?;
    }
    in_use(call, key).map_err(|_| Refusal::invalid("FNKey_ID", key))?;
    call.system.key_tags.insert(id, call.body.clone());
    Ok(Answer::Void)
}
