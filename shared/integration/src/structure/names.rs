//! What iLOQ's things are called, and what kind they are.

use iloq_model::{Lock, LockType, NetworkModule, NetworkModuleDevice, NetworkModuleType};

/// A door's name: where it is and what it locks (`D001 Main door`), else what else there is.
pub(crate) fn door_name(lock: &Lock) -> String {
    let place = words([&lock.location_code, &lock.locking_object]).join(" ");
    if !place.is_empty() {
        return place;
    }
    let other = words([&lock.description, &lock.stamp]);
    other.first().map_or_else(|| lock.id.to_string(), |text| (*text).to_owned())
}

/// A network module has no name of its own: its description, else what it is.
pub(crate) fn module_name(module: &NetworkModule) -> String {
    let described = words([&module.description, &None]);
    let kind = || module.kind.map_or_else(|| "network module".to_owned(), |kind| kind.meaning().to_owned());
    described.first().map_or_else(kind, |text| (*text).to_owned())
}

/// A device's name, else its serial number, else its id.
pub(crate) fn device_name(device: &NetworkModuleDevice) -> String {
    let known = words([&device.name, &device.serial_no]);
    known.first().map_or_else(|| device.id.to_string(), |text| (*text).to_owned())
}

/// Whether the lock is on line.
pub(crate) fn is_online(lock: &Lock) -> bool {
    matches!(lock.kind, Some(LockType::S5Online | LockType::S10NetworkModule))
        || lock.network_module_device_id.is_some()
}

/// Whether it is a module that stands in the network. iLOQ lists them together with programming tokens.
pub(crate) fn is_network_module(module: &NetworkModule) -> bool {
    use NetworkModuleType as Type;
    !matches!(
        module.kind,
        Some(
            Type::S10Token
                | Type::S10MasterToken
                | Type::S10MasterTokenInitialise
                | Type::S10KeyScheduler
                | Type::Token
                | Type::None
        )
    )
}

/// Whether a lock's option or member of that name says that the lock takes API access rights. iLOQ's document has
/// no words for it; `S40AcceptSoftGroup` is what fits.
pub(crate) fn tells_api_rights(name: &str) -> bool {
    name.to_ascii_lowercase().contains("softgroup")
}

fn words<const N: usize>(texts: [&Option<String>; N]) -> Vec<&str> {
    texts.into_iter().flatten().map(|text| text.trim()).filter(|text| !text.is_empty()).collect()
}
