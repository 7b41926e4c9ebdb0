//! Whole files: the first byte chooses the kind.
#![no_main]

use probity::source::{Kind, read};

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let Some((first, content)) = bytes.split_first() else { return };
    let Some(kind) = Kind::ALL.get(usize::from(*first) % Kind::ALL.len()) else { return };
    if let Some(document) = read("f", *kind, content.to_vec(), false).document {
        let _ = document.values();
    }
});
