//! YAML, with its aliases and merge keys.
#![no_main]

libfuzzer_sys::fuzz_target!(|text: &str| {
    for node in probity::source::yaml::parse(text).0 {
        assert!(text.get(node.span.start..node.span.end).is_some());
        let _ = node.to_json();
    }
});
