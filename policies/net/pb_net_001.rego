# METADATA
# title: Notebook or studio with direct internet access / outside VPC
# description: >-
#   A notebook or studio reaches the internet directly or stands outside the VPC. The AWS and Workbench defaults
#   are open, so an absent attribute counts as open. A Colab runtime template counts only when it says so itself,
#   because its default depends on the project.
# scope: package
# related_resources:
#   - ref: https://docs.aws.amazon.com/securityhub/latest/userguide/sagemaker-controls.html
#     description: AWS Security Hub controls for SageMaker
# custom:
#   id: PB-NET-001
#   version: 2
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

import data.probity.lib.settings
import data.probity.lib.terraform
import data.probity.lib.twins

a := input.attributes

notebook if input.type in {
	"aws_sagemaker_notebook_instance",
	"awscc_sagemaker_notebook_instance",
	"AWS::SageMaker::NotebookInstance",
}

domain if input.type in {"aws_sagemaker_domain", "awscc_sagemaker_domain", "AWS::SageMaker::Domain"}

called(name) := twins.called(input.type, name)

finding(key, path, message, value) := {
	"msg": sprintf(message, [settings.title(input)]),
	"key": key,
	"path": path,
	"evidence": {"attribute": key, "value": value},
}

# Absent means Enabled.
deny contains finding(name, path, "Notebook instance %s has direct internet access.", value) if {
	notebook
	name := called("direct_internet_access")
	value := object.get(a, name, "Enabled")
	value != "Disabled"
	path := terraform.where(a, [], name)
}

deny contains finding(name, path, "Notebook instance %s stands outside the VPC: it has no subnet.", "absent") if {
	notebook
	name := called("subnet_id")
	not terraform.is_set(a, name)
	path := terraform.where(a, [], name)
}

# Absent means PublicInternetOnly.
deny contains finding(name, path, "Studio domain %s reaches the internet outside the VPC.", value) if {
	domain
	name := called("app_network_access_type")
	value := object.get(a, name, "PublicInternetOnly")
	value != "VpcOnly"
	path := terraform.where(a, [], name)
}

deny contains finding(concat(".", names), place.path, "Workbench instance %s has a public IP address.", value) if {
	input.type == "google_workbench_instance"
	names := ["gce_setup", "disable_public_ip"]
	some place in settings.places(a, names)
	not settings.on(place.value)
	value := place.value == true
}

deny contains finding(concat(".", names), place.path, message, place.value) if {
	input.type == "google_colab_runtime_template"
	names := ["network_spec", "enable_internet_access"]
	some place in settings.places(a, names)
	settings.on(place.value)
	message := "Colab runtime template %s gives its runtimes internet access."
}
