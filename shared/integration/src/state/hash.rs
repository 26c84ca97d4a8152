//! The hash that spreads names over shards and pages, and the one that names work. Both are part of the layout: never
//! change them.

use sha2::{Digest, Sha256};

/// 32 well-mixed bits of `text`: FNV-1a with a finaliser, since short names differ only in low bits.
pub fn spread(text: &str) -> u32 {
    let mut hash: u64 = 0xcbf2_9ce4_8422_2325;
    for byte in text.bytes() {
        hash = (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
    }
    hash = (hash ^ (hash >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    hash = (hash ^ (hash >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    (hash >> 32) as u32
}

/// The id of `kind`'s work for `of`: the same each time, fit for a path, and with no name in it.
pub fn work_id(kind: &str, of: &str) -> String {
    hex::encode(&Sha256::digest(format!("{kind}\0{of}"))[..12])
}

#[cfg(test)]
mod tests {
    use super::{spread, work_id};

    #[test]
    fn the_layout_does_not_change() {
        assert_eq!((spread("anna"), spread("")), (2_396_137_409, 4_113_176_040));
        assert_eq!(work_id("key", "anna"), "52d906dfac8549dcc0dc7752");
    }

    #[test]
    fn sequential_names_fall_into_all_pages() {
        let mut counts = [0_u32; 16];
        for n in 0..1600 {
            counts[(spread(&format!("user-{n}")) >> 28) as usize] += 1;
        }
        assert!(counts.iter().all(|c| (60..=140).contains(c)), "{counts:?}");
    }
}
