//! Identifiers that follow from content: UUID version 5 (RFC 9562, section 5.5).

use sha1::{Digest as _, Sha1};

/// The name space of object identifiers (RFC 9562, section 6.6).
const OID: [u8; 16] =
    [0x6b, 0xa7, 0xb8, 0x12, 0x9d, 0xad, 0x11, 0xd1, 0x80, 0xb4, 0x00, 0xc0, 0x4f, 0xd4, 0x30, 0xc8];

/// The UUID of a name: the same name, the same UUID, on every machine.
pub(super) fn uuid(name: &str) -> String {
    let hash = Sha1::new().chain_update(OID).chain_update(name.as_bytes()).finalize();
    let mut bytes = [0_u8; 16];
    bytes.iter_mut().zip(hash).for_each(|(byte, hashed)| *byte = hashed);
    let mut hex = String::with_capacity(36);
    for (at, byte) in bytes.into_iter().enumerate() {
        use std::fmt::Write as _;
        let byte = match at {
            6 => (byte & 0x0f) | 0x50, // the version
            8 => (byte & 0x3f) | 0x80, // the variant
            _ => byte,
        };
        if matches!(at, 4 | 6 | 8 | 10) {
            hex.push('-');
        }
        let _ = write!(hex, "{byte:02x}");
    }
    hex
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_name_has_one_uuid() {
        // As Python's `uuid.uuid5(uuid.NAMESPACE_OID, "probity")` gives it.
        assert_eq!(super::uuid("probity"), "ed3fae86-9d42-5705-b1af-3482edba4091");
    }
}
