# METADATA
# title: Notebook/domain/studio volume not CMK-encrypted
# description: >-
#   The disk of a notebook, Studio domain, Workbench instance or Colab runtime is not encrypted with a key that
#   the customer manages. A key that the provider manages (alias/aws/...) does not count. Workbench uses the key
#   only when the disk's encryption is CMEK. Data disks are judged where they are declared.
# scope: package
# related_resources:
#   - ref: https://docs.aws.amazon.com/sagemaker/latest/dg/encryption-at-rest.html
#     description: Protect data at rest using encryption (Amazon SageMaker AI)
#   - ref: https://cloud.google.com/vertex-ai/docs/workbench/instances/cmek
#     description: Customer-managed encryption keys (Vertex AI Workbench)
# custom:
#   id: PB-ENC-001
#   version: 1
#   severity: high
#   scope: resource
#   selects:
#     - aws_sagemaker_notebook_instance
#     - awscc_sagemaker_notebook_instance
#     - "AWS::SageMaker::NotebookInstance"
#     - aws_sagemaker_domain
#     - awscc_sagemaker_domain
#     - "AWS::SageMaker::Domain"
#     - google_workbench_instance
#     - google_colab_runtime_template
#   inputs:
#     - tf
#     - cfn
#   controls:
#     - "GDPR:32.1.a"
#     - "EU-AIA:15.5"
#     - "ATLAS:AML.M0012"
#     - "SOC2:CC6.1"
#     - "NIST-800-53:SC-28"
#     - "CIS-v8.1:3.11"
#   remediation: >-
#     Set the key: kms_key_id (Workbench: disk_encryption = "CMEK" and kms_key; Colab: encryption_spec).
#   aliases:
#     - CKV_AWS_22
#     - CKV_AWS_187
#     - CKV2_GCP_21
#     - CKV2_GCP_27
#     - SageMaker.21
package probity.enc_001

import rego.v1

import data.probity.lib.settings
import data.probity.lib.terraform

a := input.attributes

# Where each type keeps the key of its volume.
key_of := {
	"aws_sagemaker_notebook_instance": ["kms_key_id"],
	"awscc_sagemaker_notebook_instance": ["kms_key_id"],
	"AWS::SageMaker::NotebookInstance": ["KmsKeyId"],
	"aws_sagemaker_domain": ["kms_key_id"],
	"awscc_sagemaker_domain": ["kms_key_id"],
	"AWS::SageMaker::Domain": ["KmsKeyId"],
	"google_colab_runtime_template": ["encryption_spec", "kms_key_name"],
}

finding(key, path, problem) := {
	"msg": sprintf("%s %s: set a customer-managed key.", [settings.title(input), problem]),
	"key": key,
	"path": path,
	"evidence": {"attribute": key},
}

deny contains finding(concat(".", names), place.path, "does not encrypt its storage with a key of its own") if {
	names := key_of[input.type]
	some place in settings.places(a, names)
	not settings.given(place.value)
}

deny contains finding(concat(".", names), place.path, "encrypts its storage with a key that AWS manages") if {
	names := key_of[input.type]
	some place in settings.places(a, names)
	settings.aws_managed_key(place.value)
}

# A boot disk always exists; data disks are judged where they are declared.
disks contains {"kind": "boot_disk", "slot": slot} if {
	input.type == "google_workbench_instance"
	some slot in settings.slots(a, ["gce_setup", "boot_disk"])
}

disks contains {"kind": "data_disks", "slot": slot} if {
	input.type == "google_workbench_instance"
	some slot in settings.bodies(a, ["gce_setup", "data_disks"])
}

# The key is used only with CMEK; the default is a key of Google.
deny contains finding(concat(".", ["gce_setup", disk.kind, "disk_encryption"]), path, problem) if {
	some disk in disks
	object.get(disk.slot.body, "disk_encryption", "GMEK") != "CMEK"
	path := array.concat(disk.slot.path, terraform.where(disk.slot.body, [], "disk_encryption"))
	problem := sprintf("does not encrypt its %s with a key of its own", [replace(disk.kind, "_", " ")])
}

deny contains finding(concat(".", ["gce_setup", disk.kind, "kms_key"]), path, problem) if {
	some disk in disks
	disk.slot.body.disk_encryption == "CMEK"
	not terraform.is_set(disk.slot.body, "kms_key")
	path := array.concat(disk.slot.path, terraform.where(disk.slot.body, [], "kms_key"))
	problem := sprintf("names no key for its %s", [replace(disk.kind, "_", " ")])
}
