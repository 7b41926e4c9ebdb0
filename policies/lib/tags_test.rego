package probity.lib.tags_test

import rego.v1

import data.probity.lib.tags

test_all_spellings if {
	tags.of({"tags": {"a": "1"}, "tags_all": {"b": "2"}}) == {"a": "1", "b": "2"}
	tags.of({"Tags": [{"Key": "a", "Value": "1"}]}) == {"a": "1"}
	tags.of({"tags": [{"key": "a", "value": "1"}]}) == {"a": "1"}
	tags.of({"Tags": {"a": "1"}}) == {"a": "1"}
	tags.of({"metadata": {"labels": {"acme.com/a": "1", "b": "2"}}}) == {"a": "1", "b": "2"}
	tags.of({}) == {}
}

test_value if {
	tags.named({"Tags": [{"Key": "AiSystem", "Value": "credit"}]}, "ai-system") == "credit"
	not tags.named({"tags": {"ai-system": ""}}, "ai-system")
	not tags.named({"tags": {"owner": "a"}}, "ai-system")
}
