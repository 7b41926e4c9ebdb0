//! Terraform expressions: whatever is asked, the evaluation ends, in a value or in a reason.
#![no_main]

libfuzzer_sys::fuzz_target!(|text: &str| {
    if let Err(reason) = probity::facts::terraform::evaluate_text(text) {
        assert!(!reason.is_empty());
    }
});
