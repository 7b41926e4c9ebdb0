# METADATA
# title: Notebook root access or IMDSv1
# description: >-
#   A notebook gives its users root access, answers the first version of the instance metadata service, or a
#   Workbench instance leaves root access on. The defaults are open, so an absent attribute counts as open.
#   Lifecycle scripts run as root in any case.
# scope: package
# related_resources:
#   - ref: https://docs.aws.amazon.com/sagemaker/latest/dg/nbi-root-access.html
#     description: Control root access to a SageMaker notebook instance
#   - ref: https://docs.aws.amazon.com/sagemaker/latest/dg/nbi-imds.html
#     description: Use IMDSv2 on notebook instances
# custom:
#   id: PB-IAM-006
#   version: 1
#   severity: medium
#   scope: resource
#   selects:
#     - aws_sagemaker_notebook_instance
#     - awscc_sagemaker_notebook_instance
#     - "AWS::SageMaker::NotebookInstance"
#     - google_workbench_instance
#   inputs:
#     - tf
#     - cfn
#   controls:
#     - "NIST-800-53:AC-6"
#     - "SOC2:CC6.3"
#     - "CIS-v8.1:4.1"
#     - "ATLAS:AML.M0005"
#     - "EU-AIA:15.5"
#   remediation: >-
#     Set root_access = "Disabled", minimum_instance_metadata_service_version = "2", and on Workbench the
#     metadata notebook-disable-root = "true".
#   aliases:
#     - CKV_AWS_307
#     - CKV_AWS_371
#     - SageMaker.3
#     - SAGEMAKER_NOTEBOOK_INSTANCE_ROOT_ACCESS_CHECK
package probity.iam_006

import rego.v1

import data.probity.lib.settings
import data.probity.lib.twins

a := input.attributes

workbench if input.type == "google_workbench_instance"

finding(names, path, message) := {
	"msg": sprintf(message, [settings.title(input)]),
	"key": concat(".", names),
	"path": path,
	"evidence": {"attribute": concat(".", names)},
}

deny contains finding(names, place.path, "%s gives its users root access: disable it.") if {
	not workbench
	names := twins.path(input.type, ["root_access"])
	some place in settings.places(a, names)
	place.value != "Disabled"
}

deny contains finding(names, place.path, "%s answers version 1 of the metadata service: require version 2.") if {
	not workbench
	names := twins.path(input.type, [
		"instance_metadata_service_configuration",
		"minimum_instance_metadata_service_version",
	])
	some place in settings.places(a, names)
	not place.value in {"2", 2}
}

deny contains finding(names, place.path, "%s leaves root access on: set the metadata notebook-disable-root.") if {
	workbench
	names := ["gce_setup", "metadata", "notebook-disable-root"]
	some place in settings.places(a, names)
	not place.value in {"true", "TRUE", "True", true}
}
