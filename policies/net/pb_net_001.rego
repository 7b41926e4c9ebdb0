# METADATA
# title: Notebook or studio with direct internet access / outside VPC
# description: >-
#   A notebook or studio reaches the internet directly or stands outside the VPC. The AWS and Workbench defaults
#   are open, so an absent attribute counts as open. A Colab runtime template counts only when it says so itself:
#   its default depends on the project.
# scope: package
# related_resources:
#   - ref: https://docs.aws.amazon.com/securityhub/latest/userguide/sagemaker-controls.html
#     description: AWS Security Hub controls for SageMaker
# custom:
#   id: PB-NET-001
#   version: 1
#   severity: high
#   scope: resource
#   selects:
#     - aws_sagemaker_notebook_instance
#     - aws_sagemaker_domain
#     - google_workbench_instance
#     - google_colab_runtime_template
#   controls:
#     - "GDPR:32.1.b"
#     - "EU-AIA:15.5"
#     - "NIST-AI-RMF:MEASURE 2.7"
#     - "ATLAS:AML.M0005"
#     - "SOC2:CC6.6"
#     - "NIST-800-53:SC-7"
#     - "CIS-v8.1:12.2"
#   remediation: >-
#     Disable direct internet access; use a VPC with VPC endpoints.
#   aliases:
#     - CKV_AWS_122
#     - CKV_AWS_306
#     - CKV2_GCP_28
#     - SageMaker.1
#     - SageMaker.2
#     - sagemaker_direct_internet_access_enabled
#     - ainotebooks.restrictPublicIp
package probity.net_001

import rego.v1

import data.probity.lib.terraform

a := input.attributes

finding(key, path, message, value) := {
	"msg": sprintf(message, [input.address]),
	"key": key,
	"path": path,
	"evidence": {"attribute": key, "value": value},
}

# Absent means Enabled.
deny contains finding("direct_internet_access", path, "Notebook instance %s has direct internet access.", value) if {
	input.type == "aws_sagemaker_notebook_instance"
	value := object.get(a, "direct_internet_access", "Enabled")
	value != "Disabled"
	path := terraform.where(a, [], "direct_internet_access")
}

deny contains finding("subnet_id", path, "Notebook instance %s stands outside the VPC: it has no subnet.", "absent") if {
	input.type == "aws_sagemaker_notebook_instance"
	not terraform.is_set(a, "subnet_id")
	path := terraform.where(a, [], "subnet_id")
}

# Absent means PublicInternetOnly.
deny contains finding("app_network_access_type", path, "Studio domain %s reaches the internet outside the VPC.", value) if {
	input.type == "aws_sagemaker_domain"
	value := object.get(a, "app_network_access_type", "PublicInternetOnly")
	value != "VpcOnly"
	path := terraform.where(a, [], "app_network_access_type")
}

deny contains finding("gce_setup.disable_public_ip", path, "Workbench instance %s has a public IP address.", value) if {
	input.type == "google_workbench_instance"
	some i, setup in terraform.blocks(a, "gce_setup")
	value := object.get(setup, "disable_public_ip", false)
	not value in {true, "true"}
	path := terraform.where(a, terraform.block_path(a, "gce_setup", i), "disable_public_ip")
}

deny contains finding("gce_setup.disable_public_ip", [], "Workbench instance %s has a public IP address.", false) if {
	input.type == "google_workbench_instance"
	not terraform.unreadable(a, "gce_setup")
	count(terraform.blocks(a, "gce_setup")) == 0
}

deny contains finding("network_spec.enable_internet_access", path, "Colab runtime template %s gives its runtimes internet access.", value) if {
	input.type == "google_colab_runtime_template"
	some i, spec in terraform.blocks(a, "network_spec")
	value := spec.enable_internet_access
	value in {true, "true"}
	path := terraform.where(a, terraform.block_path(a, "network_spec", i), "enable_internet_access")
}
