# METADATA
# title: Unsupported notebook platform / deprecated or removed resource type
# description: >-
#   A resource runs on, or is declared with, something that gets no more fixes: a SageMaker notebook on a platform whose
#   support ended, a Terraform type that the provider removed, or a Kubernetes API that current releases no longer
#   serve. An API that has a successor but is still served is low. A notebook without a platform gets the service's
#   default and passes. Old provider versions still accept removed types.
# scope: package
# related_resources:
#   - ref: https://docs.aws.amazon.com/sagemaker/latest/dg/nbi-al2.html
#     description: Amazon Linux 2 notebook instances
#   - ref: https://docs.aws.amazon.com/securityhub/latest/userguide/sagemaker-controls.html
#     description: AWS Security Hub controls for SageMaker
# custom:
#   id: PB-LCM-008
#   version: 1
#   severity: medium
#   scope: resource
#   selects:
#     - aws_sagemaker_notebook_instance
#     - awscc_sagemaker_notebook_instance
#     - AWS::SageMaker::NotebookInstance
#     - "google_notebooks_*"
#     - google_ml_engine_model
#     - google_vertex_ai_schedule
#     - InferenceService
#     - PyTorchJob
#     - TFJob
#     - MPIJob
#     - XGBoostJob
#   inputs: [tf, cfn, k8s]
#   controls:
#     - "EU-AIA:15.4"
#     - "NIST-800-53:SI-2"
#     - "SOC2:CC7.1"
#     - "CIS-v8.1:4.1"
#     - "ISO42001:A.4.4"
#   remediation: >-
#     Migrate to the supported platform, type or API.
#   aliases:
#     - SageMaker.8
#     - SAGEMAKER_NOTEBOOK_INSTANCE_PLATFORM_VERSION
#   params:
#     - removed_resource_types
#     - superseded_apis
#     - supported_notebook_platforms
package probity.lcm_008

import rego.v1

import data.probity.lib.pods
import data.probity.params

a := input.attributes

platform := {
	"aws_sagemaker_notebook_instance": "platform_identifier",
	"awscc_sagemaker_notebook_instance": "platform_identifier",
	"AWS::SageMaker::NotebookInstance": "PlatformIdentifier",
}

deny contains f if {
	name := platform[input.type]
	value := a[name]
	not value in params.supported_notebook_platforms
	f := {
		"msg": sprintf("Notebook %s runs on %s, which gets no more security fixes: use %s.", [
			input.address,
			value,
			concat(" or ", params.supported_notebook_platforms),
		]),
		"key": name,
		"path": [name],
		"evidence": {"platform": value},
	}
}

deny contains f if {
	successor := params.removed_resource_types[input.type]
	f := {
		"msg": sprintf("%s is of a type that its provider removed: use %s.", [input.address, successor]),
		"key": "type",
		"path": [],
		"evidence": {"type": input.type, "successor": successor},
	}
}

severity(entry) := "medium" if {
	entry.ended
} else := "low"

verb(entry) := "is no longer served" if {
	entry.ended
} else := "has a successor"

deny contains f if {
	some entry in params.superseded_apis
	entry.kind == a.kind
	regex.match(entry.api, a.apiVersion)
	f := {
		"msg": sprintf("%s uses %s, which %s: use %s.", [pods.title(input), a.apiVersion, verb(entry), entry.successor]),
		"key": "apiVersion",
		"path": ["apiVersion"],
		"severity": severity(entry),
		"evidence": {"api": a.apiVersion, "successor": entry.successor},
	}
}
