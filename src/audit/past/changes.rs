//! What a commit changed within YAML and JSON: value by value, by the path of keys.

use serde_json::{Map, Value as Json, json};

use crate::source::{Kind, read};

/// Files above this size hold data, no settings.
pub const MAX_BYTES: u64 = 1024 * 1024;

/// One value that differs.
#[derive(Debug, Clone, PartialEq)]
pub struct Difference {
    pub key: Vec<Json>,
    pub old: Option<Json>,
    pub new: Option<Json>,
}

/// A difference as it is kept: what may be missing as a list, since null is a value, too.
pub type Packed = (Vec<Json>, Vec<Json>, Vec<Json>);

pub fn packed(differences: &[Difference]) -> Vec<Packed> {
    let side = |value: &Option<Json>| value.iter().cloned().collect();
    differences.iter().map(|found| (found.key.clone(), side(&found.old), side(&found.new))).collect()
}

pub fn unpacked(packed: Vec<Packed>) -> Vec<Difference> {
    let one = |(key, old, new): Packed| Difference {
        key,
        old: old.into_iter().next(),
        new: new.into_iter().next(),
    };
    packed.into_iter().map(one).collect()
}

impl Difference {
    pub fn to_json(&self, commit: &str, path: &str) -> Json {
        let mut json = Map::new();
        json.insert("commit".to_owned(), json!(commit));
        json.insert("path".to_owned(), json!(path));
        json.insert("key".to_owned(), Json::Array(self.key.clone()));
        let sides = [("old", &self.old), ("new", &self.new)];
        json.extend(sides.into_iter().filter_map(|(side, value)| Some((side.to_owned(), value.clone()?))));
        Json::Object(json)
    }
}

/// The value of a file; of several documents, a list of theirs. `None` when it does not parse.
pub fn value(path: &str, bytes: Vec<u8>) -> Option<Json> {
    let kind = Kind::of_path(path).unwrap_or(Kind::Yaml);
    let reading = read(path, kind, bytes, false);
    if reading.unparsed.is_some() || reading.not_rendered.is_some() {
        return None;
    }
    let mut values: Vec<Json> = match &reading.document {
        Some(document) => document.values.iter().map(|node| node.to_json()).collect(),
        None => Vec::new(),
    };
    Some(if values.len() == 1 { values.remove(0) } else { Json::Array(values) })
}

/// Every value in which two files differ. Lists of one length are compared item by item, others count
/// as a whole: nobody can say which item is which.
pub fn differences(old: Option<&Json>, new: Option<&Json>) -> Vec<Difference> {
    let mut found = Vec::new();
    differ(old, new, &mut Vec::new(), &mut found);
    found
}

// Documents nest 96 levels at most, and so does this.
fn differ(old: Option<&Json>, new: Option<&Json>, at: &mut Vec<Json>, found: &mut Vec<Difference>) {
    let empty = Map::new();
    let maps = match (old, new) {
        (Some(Json::Object(old)), Some(Json::Object(new))) => Some((old, new)),
        // Of what comes or goes as a whole each value is named.
        (Some(Json::Object(old)), None) if !old.is_empty() => Some((old, &empty)),
        (None, Some(Json::Object(new))) if !new.is_empty() => Some((&empty, new)),
        _ => None,
    };
    if let Some((old, new)) = maps {
        let added = new.keys().filter(|key| !old.contains_key(*key));
        for key in old.keys().chain(added) {
            at.push(Json::String(key.clone()));
            differ(old.get(key), new.get(key), at, found);
            at.pop();
        }
    } else if let (Some(Json::Array(old)), Some(Json::Array(new))) = (old, new)
        && old.len() == new.len()
    {
        for (index, (old, new)) in old.iter().zip(new).enumerate() {
            at.push(json!(index));
            differ(Some(old), Some(new), at, found);
            at.pop();
        }
    } else if old != new {
        found.push(Difference { key: at.clone(), old: old.cloned(), new: new.cloned() });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn between(old: &str, new: &str) -> Vec<Json> {
        let value = |text: &str| value(".probity/config.yaml", text.as_bytes().to_vec());
        let (old, new) = (value(old), value(new));
        let found = differences(old.as_ref(), new.as_ref());
        assert_eq!(unpacked(packed(&found)), found);
        found.iter().map(|d| d.to_json("c", "p")).collect()
    }

    #[test]
    fn a_threshold_that_moved_is_one_value() {
        let found = between("params: {auc: {min: 0.8}, other: 1}\n", "params: {other: 1, auc: {min: 0.7}}\n");
        let want =
            json!({"commit": "c", "path": "p", "key": ["params", "auc", "min"], "old": 0.8, "new": 0.7});
        assert_eq!(found, [want]);
    }

    #[test]
    fn what_comes_has_no_old_and_what_goes_no_new() {
        let found = between("a: {b: 1}\nc: [1, 2]\n", "c: [1, 3]\nd: {e: {f: 2}}\n");
        let want = [
            json!({"commit": "c", "path": "p", "key": ["a", "b"], "old": 1}),
            json!({"commit": "c", "path": "p", "key": ["c", 1], "old": 2, "new": 3}),
            json!({"commit": "c", "path": "p", "key": ["d", "e", "f"], "new": 2}),
        ];
        assert_eq!(found, want);
    }

    #[test]
    fn lists_of_another_length_count_as_a_whole() {
        let found = between("a: [1, 2]\n", "a: [2]\n");
        assert_eq!(found, [json!({"commit": "c", "path": "p", "key": ["a"], "old": [1, 2], "new": [2]})]);
        assert!(between("# one\na: 1\n", "a:   1 # two\n").is_empty(), "layout is no value");
    }

    #[test]
    fn what_does_not_parse_has_no_value() {
        assert_eq!(value("params.yaml", b"a: [1".to_vec()), None);
        assert_eq!(value("params.json", b"{\"a\": 1}".to_vec()), Some(json!({"a": 1})));
        assert_eq!(value("p.yaml", b"a: 1\n---\nb: 2\n".to_vec()), Some(json!([{"a": 1}, {"b": 2}])));
    }
}
