package probity.data_011_test

import rego.v1

import data.probity.data_011

template(key) := {
	"system": "terraform", "type": "google_data_loss_prevention_deidentify_template", "name": "x",
	"address": "google_data_loss_prevention_deidentify_template.x", "unknown": [], "references": [],
	"attributes": {"deidentify_config": [{"info_type_transformations": [{"transformations": [primitive(key)]}]}]},
}

primitive(key) := {"primitive_transformation": [{"crypto_deterministic_config": [{"crypto_key": [key]}]}]}

base := [
	"deidentify_config", 0, "info_type_transformations", 0, "transformations", 0,
	"primitive_transformation", 0, "crypto_deterministic_config", 0, "crypto_key", 0, "unwrapped",
]

test_a_key_in_the_clear if {
	data_011.deny == {{
		"msg": concat("", [
			"Template google_data_loss_prevention_deidentify_template.x keeps the key of crypto_deterministic_config ",
			"in the clear: its data are pseudonymised, not anonymised; wrap the key.",
		]),
		"key": concat("", [
			"deidentify_config.info_type_transformations.transformations.primitive_transformation.",
			"crypto_deterministic_config.crypto_key.unwrapped:0",
		]),
		"path": base,
		"evidence": {"transformation": "crypto_deterministic_config"},
	}} with input as template({"unwrapped": [{"key": "YWJj"}]})
}

test_a_key_that_is_not_known_stands_in_the_clear_all_the_same if {
	count(data_011.deny) == 1 with input as template({"unwrapped": [{}]})
}

# Trap 24.
test_a_wrapped_key_passes if {
	data_011.deny == set() with input as template({"kms_wrapped": [{"wrapped_key": "x", "crypto_key_name": "k"}]})
}

test_a_transient_key_passes if {
	data_011.deny == set() with input as template({"transient": [{"name": "x"}], "unwrapped": []})
}

test_no_block if {
	data_011.deny == set() with input as template({"unwrapped": null})
}

test_two_keys_are_two_findings if {
	one := template({"unwrapped": [{"key": "YWJj"}]})
	config := one.attributes.deidentify_config[0]
	two := object.union(one, {"attributes": {"deidentify_config": [config, config]}})
	count({f.key | some f in data_011.deny}) == 2 with input as two
}

test_other_blocks_of_that_name if {
	other := {"gift": [{"unwrapped": [{}]}], "unwrapped": true}
	data_011.deny == set() with input as {"address": "x", "attributes": other}
}

test_a_key_near_the_top if {
	some f in data_011.deny with input as {"address": "x", "attributes": {"crypto_key": {"unwrapped": {"key": "a"}}}}
	f.evidence.transformation == "crypto_key"
}
