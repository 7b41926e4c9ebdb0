# METADATA
# title: Vertex AI resources without CMEK
# description: >-
#   A Vertex AI resource that can be encrypted with a key of the customer has none. On most of these types the
#   key cannot be changed afterwards, so it must be set when the resource is created. Feature online stores and
#   indexes are not judged.
# scope: package
# related_resources:
#   - ref: https://cloud.google.com/vertex-ai/docs/general/cmek
#     description: Customer-managed encryption keys (Vertex AI)
# custom:
#   id: PB-ENC-004
#   version: 1
#   severity: medium
#   scope: resource
#   selects:
#     - google_vertex_ai_dataset
#     - google_vertex_ai_endpoint
#     - google_vertex_ai_featurestore
#     - google_vertex_ai_index_endpoint
#     - google_vertex_ai_metadata_store
#     - google_vertex_ai_tensorboard
#     - google_vertex_ai_reasoning_engine
#   inputs:
#     - tf
#   controls:
#     - "GDPR:32.1.a"
#     - "ATLAS:AML.M0012"
#     - "SOC2:CC6.1"
#     - "NIST-800-53:SC-28"
#     - "NIST-800-53:SC-12"
#   remediation: >-
#     Add encryption_spec { kms_key_name = ... }. The resource has to be created anew where the key is immutable.
#   aliases:
#     - CKV_GCP_92
#     - CKV_GCP_96
#     - CKV2_GCP_24
#     - CKV2_GCP_25
#     - CKV2_GCP_26
package probity.enc_004

import rego.v1

import data.probity.lib.settings

key := ["encryption_spec", "kms_key_name"]

deny contains f if {
	some place in settings.places(input.attributes, key)
	not settings.given(place.value)
	f := {
		"msg": sprintf("%s is not encrypted with a key of its own: set encryption_spec.kms_key_name.", [input.address]),
		"key": concat(".", key),
		"path": place.path,
		"evidence": {"attribute": concat(".", key)},
	}
}
