package probity.enc_004_test

import rego.v1

import data.probity.enc_004

resource(attributes) := {
	"system": "terraform", "type": "google_vertex_ai_dataset", "name": "loans",
	"address": "google_vertex_ai_dataset.loans",
	"subject": "terraform:infra//google_vertex_ai_dataset.loans",
	"attributes": attributes, "unknown": [], "references": [], "joins": {}, "systems": [], "path": "infra/main.tf",
}

test_key_passes if {
	enc_004.deny == set() with input as resource({"encryption_spec": [{"kms_key_name": "projects/p/k"}]})
}

test_no_key if {
	enc_004.deny == {{
		"msg": concat("", [
			"google_vertex_ai_dataset.loans is not encrypted with a key of its own: ",
			"set encryption_spec.kms_key_name.",
		]),
		"key": "encryption_spec.kms_key_name",
		"path": [],
		"evidence": {"attribute": "encryption_spec.kms_key_name"},
	}} with input as resource({"display_name": "loans"})
}

test_empty_block if {
	{f.path | some f in enc_004.deny} == {["encryption_spec", 0]} with input as resource({"encryption_spec": [{}]})
	empty := {"encryption_spec": [{"kms_key_name": ""}]}
	{f.path | some f in enc_004.deny} == {["encryption_spec", 0, "kms_key_name"]} with input as resource(empty)
}

test_a_block_that_cannot_be_read_is_no_evidence if {
	enc_004.deny == set() with input as resource({"encryption_spec": "probity-unknown"})
}
