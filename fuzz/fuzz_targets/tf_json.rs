//! Terraform's JSON syntax.
#![no_main]

use probity::source::{hcl, json};

libfuzzer_sys::fuzz_target!(|text: &str| {
    if let Ok(root) = json::parse(text) {
        let _ = hcl::json::assignments(&root, text);
        let parsed = hcl::json::configuration(&root, text);
        for block in parsed.body.blocks() {
            assert!(text.get(block.header().start..block.header().end).is_some());
        }
    }
});
