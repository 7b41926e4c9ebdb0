# METADATA
# title: Monitoring job without baseline constraints
# description: >-
#   A monitoring job of SageMaker compares with nothing: it names no file of constraints, or for data quality none of
#   statistics, and no job that computes them. A file whose address is known only after apply counts as named.
# scope: package
# related_resources:
#   - ref: https://docs.aws.amazon.com/sagemaker/latest/dg/model-monitor-create-baseline.html
#     description: Create a baseline
# custom:
#   id: PB-MON-003
#   version: 1
#   severity: medium
#   scope: resource
#   selects:
#     - aws_sagemaker_data_quality_job_definition
#     - awscc_sagemaker_data_quality_job_definition
#     - awscc_sagemaker_model_bias_job_definition
#     - awscc_sagemaker_model_explainability_job_definition
#     - awscc_sagemaker_model_quality_job_definition
#     - "AWS::SageMaker::DataQualityJobDefinition"
#     - "AWS::SageMaker::ModelBiasJobDefinition"
#     - "AWS::SageMaker::ModelExplainabilityJobDefinition"
#     - "AWS::SageMaker::ModelQualityJobDefinition"
#   inputs: [tf, cfn]
#   controls:
#     - "EU-AIA:72.2"
#     - "NIST-AI-RMF:MEASURE 2.4"
#     - "ISO42001:A.6.2.6"
#     - "OWASP-ML:ML08:2023"
#   remediation: >-
#     Run the baselining job (suggest_baseline) and name its constraints.json and statistics.json.
package probity.mon_003

import rego.v1

import data.probity.lib.reading

whole := reading.whole(input)

# The block of each kind of job, and the files that it takes.
block := "data_quality_baseline_config" if {
	regex.match(`(?i)data_?quality`, input.type)
} else := "model_quality_baseline_config" if {
	regex.match(`(?i)model_?quality`, input.type)
} else := "model_bias_baseline_config" if {
	regex.match(`(?i)model_?bias`, input.type)
} else := "model_explainability_baseline_config"

files := ["constraints_resource", "statistics_resource"] if {
	block == "data_quality_baseline_config"
} else := ["constraints_resource"]

baselines := reading.blocks(input, whole, block)

# A job computes the files that are not named.
computed if {
	some baseline in baselines
	reading.given(input, baseline, "baselining_job_name")
}

named(file) if {
	some baseline in baselines
	some resource in reading.blocks(input, baseline, file)
	reading.given(input, resource, "s3_uri")
}

unreadable if reading.unreadable(input, whole, block)

unreadable if {
	some baseline in baselines
	some file in files
	reading.unreadable(input, baseline, file)
}

missing := [file | some file in files; not named(file)]

finding(message, evidence) := {
	"msg": sprintf(message, [input.address]),
	"key": "baseline",
	"path": reading.where(input, whole, block),
	"evidence": evidence,
}

deny contains f if {
	not unreadable
	not computed
	count(missing) > 0
	f := finding("Monitoring job %s has no baseline to compare with.", {"missing": missing})
}

inconclusive contains f if {
	unreadable
	not computed
	f := finding("Whether monitoring job %s has a baseline cannot be read from the repository.", {"block": block})
}
