package probity.enc_001_test

import rego.v1

import data.probity.enc_001

resource(system, type, attributes) := {
	"system": system, "type": type, "name": "lab", "address": "lab.x", "subject": "terraform:infra//lab.x",
	"attributes": attributes, "unknown": [], "references": [], "joins": {}, "systems": [], "path": "infra/main.tf",
}

terraform(type, attributes) := resource("terraform", type, attributes)

found(case) := {[f.key, f.path] | some f in results} if results := enc_001.deny with input as case

own := "arn:aws:kms:eu-west-1:1:key/a"

google := "projects/p/locations/l/keyRings/r/cryptoKeys/k"

test_notebook_without_a_key if {
	enc_001.deny == {{
		"msg": "lab.x does not encrypt its storage with a key of its own: set a customer-managed key.",
		"key": "kms_key_id",
		"path": [],
		"evidence": {"attribute": "kms_key_id"},
	}} with input as terraform("aws_sagemaker_notebook_instance", {"instance_type": "ml.t3.medium"})
}

test_types_with_a_key_on_top if {
	every type, name in {
		"aws_sagemaker_notebook_instance": "kms_key_id",
		"awscc_sagemaker_notebook_instance": "kms_key_id",
		"AWS::SageMaker::NotebookInstance": "KmsKeyId",
		"aws_sagemaker_domain": "kms_key_id",
		"awscc_sagemaker_domain": "kms_key_id",
		"AWS::SageMaker::Domain": "KmsKeyId",
	} {
		found(terraform(type, {name: own})) == set()
		found(terraform(type, {})) == {[name, []]}
		found(terraform(type, {name: ""})) == {[name, [name]]}
	}
}

test_managed_key_is_no_key_of_the_customer if {
	every value in ["alias/aws/sagemaker", "arn:aws:kms:eu-west-1:1:alias/aws/elasticfilesystem"] {
		enc_001.deny == {{
			"msg": "lab.x encrypts its storage with a key that AWS manages: set a customer-managed key.",
			"key": "kms_key_id",
			"path": ["kms_key_id"],
			"evidence": {"attribute": "kms_key_id"},
		}} with input as terraform("aws_sagemaker_domain", {"kms_key_id": value})
	}
	found(terraform("aws_sagemaker_domain", {"kms_key_id": "alias/myaws/x"})) == set()
}

test_cloudformation_is_named_with_its_type if {
	some f in enc_001.deny with input as resource("cloudformation", "AWS::SageMaker::Domain", {})
	startswith(f.msg, "lab.x (AWS::SageMaker::Domain) does not")
}

test_colab if {
	type := "google_colab_runtime_template"
	found(terraform(type, {"encryption_spec": [{"kms_key_name": google}]})) == set()
	found(terraform(type, {})) == {["encryption_spec.kms_key_name", []]}
	found(terraform(type, {"encryption_spec": [{}]})) == {["encryption_spec.kms_key_name", ["encryption_spec", 0]]}
	found(terraform(type, {"encryption_spec": "probity-unknown"})) == set()
}

workbench(setup) := terraform("google_workbench_instance", {"gce_setup": [setup]})

encrypted := [{"disk_encryption": "CMEK", "kms_key": google}]

test_workbench_with_its_own_keys if {
	found(workbench({"boot_disk": encrypted, "data_disks": encrypted})) == set()
	found(workbench({"boot_disk": encrypted})) == set()
}

test_workbench_boot_disk if {
	enc_001.deny == {{
		"msg": "lab.x does not encrypt its boot disk with a key of its own: set a customer-managed key.",
		"key": "gce_setup.boot_disk.disk_encryption",
		"path": ["gce_setup", 0, "boot_disk", 0, "disk_encryption"],
		"evidence": {"attribute": "gce_setup.boot_disk.disk_encryption"},
	}} with input as workbench({"boot_disk": [{"disk_encryption": "GMEK", "kms_key": google}]})
	found(workbench({})) == {["gce_setup.boot_disk.disk_encryption", ["gce_setup", 0]]}
	found(terraform("google_workbench_instance", {})) == {["gce_setup.boot_disk.disk_encryption", []]}
	found(workbench({"boot_disk": [{"kms_key": google}]})) == {[
		"gce_setup.boot_disk.disk_encryption",
		["gce_setup", 0, "boot_disk", 0],
	]}
}

test_workbench_key_that_is_not_named if {
	enc_001.deny == {{
		"msg": "lab.x names no key for its data disks: set a customer-managed key.",
		"key": "gce_setup.data_disks.kms_key",
		"path": ["gce_setup", 0, "data_disks", 0],
		"evidence": {"attribute": "gce_setup.data_disks.kms_key"},
	}} with input as workbench({"boot_disk": encrypted, "data_disks": [{"disk_encryption": "CMEK"}]})
	found(workbench({"boot_disk": [{"disk_encryption": "CMEK", "kms_key": ""}]})) == {[
		"gce_setup.boot_disk.kms_key",
		["gce_setup", 0, "boot_disk", 0, "kms_key"],
	]}
}

test_workbench_data_disk if {
	found(workbench({"boot_disk": encrypted, "data_disks": [{"disk_encryption": "GMEK"}]})) == {[
		"gce_setup.data_disks.disk_encryption",
		["gce_setup", 0, "data_disks", 0, "disk_encryption"],
	]}
}
