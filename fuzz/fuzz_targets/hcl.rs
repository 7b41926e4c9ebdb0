//! Terraform's native syntax, and the raw form of what was read.
#![no_main]

libfuzzer_sys::fuzz_target!(|text: &str| {
    let parsed = probity::source::hcl::parse(text);
    assert!(parsed.body.span.end <= text.len());
    let _ = probity::source::hcl::raw(&parsed.body, text).to_json();
});
