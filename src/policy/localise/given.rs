//! The path that a result gives, in the forms that policies write it.

use serde_json::Value as Json;

use crate::source::{Step, steps_from_json};

/// Members of a result, or of its `details` or `metadata`, that hold a path or a list of them.
const PATHS: [&str; 6] = ["path", "paths", "failedPaths", "failed_paths", "fixPaths", "reviewPaths"];
const AROUND: [&str; 3] = ["", "details", "metadata"];

/// The first path that a result gives. An empty one stands for the subject itself.
pub fn given(result: &Json) -> Option<Vec<Step>> {
    AROUND.into_iter().find_map(|around| {
        let holder = if around.is_empty() { Some(result) } else { result.get(around) }?;
        PATHS.into_iter().find_map(|name| path(holder.get(name)?, name != "path"))
    })
}

fn path(json: &Json, of_many: bool) -> Option<Vec<Step>> {
    match json {
        Json::String(text) => from_text(text),
        Json::Array(items) if of_many => items.iter().find_map(|item| path(item, false)),
        Json::Array(_) => Some(steps_from_json(json)),
        // `fixPaths` holds objects of path and value.
        Json::Object(map) => map.get("path").and_then(|inner| path(inner, false)),
        _ => None,
    }
}

/// `spec.containers[0]["a.b"].image`
fn from_text(text: &str) -> Option<Vec<Step>> {
    let mut steps = Vec::new();
    let mut name = String::new();
    let mut rest = text.trim().trim_start_matches("input.");
    while let Some(c) = rest.chars().next() {
        rest = rest.get(c.len_utf8()..).unwrap_or("");
        match c {
            '.' | '[' => {
                if !name.is_empty() {
                    steps.push(Step::Key(std::mem::take(&mut name)));
                }
                if c == '[' {
                    let (inside, after) = rest.split_once(']')?;
                    rest = after;
                    let bare = inside.trim_matches(['"', '\'']);
                    steps.push(match inside.parse() {
                        Ok(index) => Step::Index(index),
                        Err(_) => Step::Key(bare.to_owned()),
                    });
                }
            }
            c if c.is_whitespace() => return None,
            c => name.push(c),
        }
    }
    if !name.is_empty() {
        steps.push(Step::Key(name));
    }
    (!steps.is_empty()).then_some(steps)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn paths_in_all_forms() {
        let key = |name: &str| Step::Key(name.to_owned());
        let want = Some(vec![key("spec"), key("containers"), Step::Index(0), key("image")]);
        for result in [
            json!({"path": ["spec", "containers", 0, "image"]}),
            json!({"path": "spec.containers[0].image"}),
            json!({"failedPaths": ["spec.containers[0].image", "x"]}),
            json!({"failedPaths": [], "fixPaths": [{"path": "spec.containers[0].image", "value": 1}]}),
            json!({"metadata": {"path": "input.spec['containers'][0].image"}}),
            json!({"details": {"paths": [["spec", "containers", 0, "image"]]}}),
        ] {
            assert_eq!(given(&result), want, "{result}");
        }
        assert_eq!(given(&json!({"path": []})), Some(Vec::new()));
        for result in
            [json!("text"), json!({"msg": "x"}), json!({"path": "in words, not steps"}), json!({"path": 1})]
        {
            assert_eq!(given(&result), None, "{result}");
        }
    }
}
