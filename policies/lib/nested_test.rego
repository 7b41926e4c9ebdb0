package probity.lib.nested_test

import rego.v1

import data.probity.lib.nested

blocks := {"store": [{"security": [{"key": "k"}]}, {"security": []}], "name": "x"}

object_ := {"store": {"security": {"key": "k"}}}

test_lists_of_blocks_and_objects_read_alike if {
	nested.values(blocks, ["store", "security", "key"]) == {"k"}
	nested.values(object_, ["store", "security", "key"]) == {"k"}
	nested.found(blocks, ["store", "security", "key"]) == {{"path": ["store", 0, "security", 0, "key"], "value": "k"}}
	nested.values(blocks, ["store", "key"]) == set()
}

test_given if {
	nested.given({"attributes": object_, "references": []}, ["store", "security", "key"])
	not nested.given({"attributes": {"key": ""}, "references": []}, ["key"])
	not nested.given({"attributes": {"key": null}, "references": []}, ["key"])
	nested.given({"attributes": {}, "references": [{"path": ["store", 0, "key"], "target": "k"}]}, ["store", "key"])
	not nested.given({"attributes": {}, "references": [{"path": ["other"], "target": "k"}]}, ["store", "key"])
}

test_where if {
	nested.where(blocks, ["store", "security", "key"]) == ["store", 0, "security", 0, "key"]
	nested.where({"store": [{"x": 1}]}, ["store", "security", "key"]) == ["store", 0]
	nested.where({"store": {"security": null}}, ["store", "security"]) == ["store"]
	nested.where({}, ["store"]) == []
}

test_what_is_no_list_or_map if {
	nested.items(["a"]) == ["a"]
	nested.items("a") == []
	nested.items({"a": 1}) == []
	nested.entries({"a": 1}) == {"a": 1}
	nested.entries(["a"]) == {}
}
