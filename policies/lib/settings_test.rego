package probity.lib.settings_test

import rego.v1

import data.probity.lib.settings

test_a_setting_at_the_top if {
	settings.places({"a": 1}, ["a"]) == {{"path": ["a"], "value": 1}}
	settings.places({}, ["a"]) == {{"path": [], "value": null}}
}

test_a_setting_in_blocks_and_objects if {
	settings.places({"b": [{"c": [{"d": 1}, {}]}]}, ["b", "c", "d"]) == {
		{"path": ["b", 0, "c", 0, "d"], "value": 1},
		{"path": ["b", 0, "c", 1], "value": null},
	}
	settings.places({"b": {"c": {"d": 1}}}, ["b", "c", "d"]) == {{"path": ["b", "c", "d"], "value": 1}}
	settings.places({"a": {"b": {"c": [{"d": {"e": 1}}]}}}, ["a", "b", "c", "d", "e"]) == {{
		"path": ["a", "b", "c", 0, "d", "e"],
		"value": 1,
	}}
}

test_a_missing_block_is_told_where_it_is_missing if {
	settings.places({"b": [{}]}, ["b", "c", "d"]) == {{"path": ["b", 0], "value": null}}
	settings.bodies({"b": [{}]}, ["b", "c"]) == set()
	settings.bodies({"b": [{}]}, ["b"]) == {{"path": ["b", 0], "body": {}, "whole": true}}
}

test_a_block_that_cannot_be_read_has_no_place if {
	settings.places({"b": "probity-unknown"}, ["b", "c"]) == set()
	settings.places({"b": [{"c": true}]}, ["b", "c", "d"]) == set()
}

test_values if {
	every value in [null, "", [], {}] { not settings.given(value) }
	every value in [false, "x", 0, [1]] { settings.given(value) }
	every value in [true, "true", "True"] { settings.on(value) }
	every value in [false, "false", null, 1] { not settings.on(value) }
}

test_keys_that_aws_manages if {
	settings.aws_managed_key("alias/aws/s3")
	settings.aws_managed_key("arn:aws:kms:eu-west-1:1:alias/aws/s3")
	not settings.aws_managed_key("alias/ml")
	not settings.aws_managed_key(true)
}

test_titles if {
	settings.title({"system": "kubernetes", "type": "Pod", "name": "a", "address": "x"}) == "Pod a"
	bucket := {"system": "cloudformation", "type": "AWS::S3::Bucket", "name": "a", "address": "B"}
	settings.title(bucket) == "B (AWS::S3::Bucket)"
	settings.title({"system": "terraform", "type": "t", "name": "a", "address": "t.a"}) == "t.a"
}

test_tags if {
	settings.tags({"tags": {"a": "1"}, "tags_all": {"b": "2"}}) == {"a": "1", "b": "2"}
	settings.tags({"Tags": [{"Key": "a", "Value": "1"}]}) == {"a": "1"}
	settings.tags({"tags": [{"key": "a", "value": "1"}]}) == {"a": "1"}
	settings.tags({}) == {}
	settings.tags({"tags": "probity-unknown", "Tags": true}) == {}
}

test_items if {
	settings.items([1]) == [1]
	settings.items({"a": 1}) == {"a": 1}
	settings.items("a") == []
	settings.items(null) == []
}

test_nonproduction if {
	settings.nonproduction({"Tags": [{"Key": "Environment", "Value": "Dev"}]}) == "dev"
	not settings.nonproduction({"tags": {"environment": "prod"}})
	not settings.nonproduction({"tags": {"colour": "dev"}})
}
