package probity.lib.tags_test

import rego.v1

import data.probity.lib.tags

test_all_spellings if {
	tags.all({"tags": {"a": "1"}, "tags_all": {"b": "2"}}) == {"a": "1", "b": "2"}
	tags.all({"Tags": [{"Key": "a", "Value": "1"}]}) == {"a": "1"}
	tags.all({"tags": [{"key": "a", "value": "1"}]}) == {"a": "1"}
	tags.all({"Tags": {"a": "1"}}) == {"a": "1"}
	tags.all({"metadata": {"labels": {"acme.com/a": "1", "b": "2"}}}) == {"a": "1", "b": "2"}
	tags.all({}) == {}
}

test_value if {
	tags.named({"Tags": [{"Key": "AiSystem", "Value": "credit"}]}, "ai-system") == "credit"
	not tags.named({"tags": {"ai-system": ""}}, "ai-system")
	not tags.named({"tags": {"owner": "a"}}, "ai-system")
}
