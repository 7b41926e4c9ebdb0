//! JSON: what it gives, written out, gives the same again.
#![no_main]

use probity::source::json::parse;

libfuzzer_sys::fuzz_target!(|text: &str| {
    if let Ok(node) = parse(text) {
        assert!(text.get(node.span.start..node.span.end).is_some());
        let value = node.to_json();
        assert_eq!(parse(&value.to_string()).map(|node| node.to_json()), Ok(value));
    }
});
