package probity.mon_003_test

import rego.v1

import data.probity.mon_003

resource(type, attributes, references) := {
	"system": "terraform", "type": type, "name": "x", "address": sprintf("%s.x", [type]),
	"subject": sprintf("terraform:infra//%s.x", [type]),
	"attributes": attributes, "unknown": [], "references": references, "path": "infra/main.tf",
}

file := [{"s3_uri": "s3://models/baseline.json"}]

quality(baseline) := resource("aws_sagemaker_data_quality_job_definition", {"data_quality_baseline_config": baseline}, [])

test_baseline_passes if {
	case := quality([{"constraints_resource": file, "statistics_resource": file}])
	mon_003.deny == set() with input as case
	mon_003.inconclusive == set() with input as case
}

test_no_baseline if {
	mon_003.deny == {{
		"msg": "Monitoring job aws_sagemaker_data_quality_job_definition.x has no baseline to compare with.",
		"key": "baseline",
		"path": [],
		"evidence": {"missing": ["constraints_resource", "statistics_resource"]},
	}} with input as resource("aws_sagemaker_data_quality_job_definition", {}, [])
}

test_half_a_baseline if {
	every baseline, missing in {
		{"constraints_resource": file}: ["statistics_resource"],
		{"statistics_resource": file}: ["constraints_resource"],
		{"statistics_resource": file, "constraints_resource": [{"s3_uri": ""}]}: ["constraints_resource"],
	} {
		{[f.path, f.evidence.missing] | some f in mon_003.deny} == {[["data_quality_baseline_config"], missing]} with input as quality([baseline])
	}
}

# The address of an object that is made in the same root.
test_reference_passes if {
	case := resource("aws_sagemaker_data_quality_job_definition", {"data_quality_baseline_config": [{
		"constraints_resource": [{}], "statistics_resource": file,
	}]}, [{"path": ["data_quality_baseline_config", 0, "constraints_resource", 0, "s3_uri"], "target": "aws_s3_object.c"}])
	mon_003.deny == set() with input as case
}

test_other_kinds_need_constraints_only if {
	every kind in ["model_bias", "model_explainability", "model_quality"] {
		type := sprintf("awscc_sagemaker_%s_job_definition", [kind])
		block := sprintf("%s_baseline_config", [kind])
		mon_003.deny == set() with input as resource(type, {block: {"constraints_resource": {"s3_uri": "s3://x"}}}, [])
		mon_003.deny == set() with input as resource(type, {block: {"baselining_job_name": "job"}}, [])
		{[f.path, f.evidence.missing] | some f in mon_003.deny} == {[[block], ["constraints_resource"]]} with input as resource(type, {block: {}}, [])
	}
}

test_cloudformation if {
	every kind in ["DataQuality", "ModelBias", "ModelExplainability", "ModelQuality"] {
		block := sprintf("%sBaselineConfig", [kind])
		template := object.union(
			resource(sprintf("AWS::SageMaker::%sJobDefinition", [kind]), {}, []),
			{"system": "cloudformation"},
		)
		full := {block: {"ConstraintsResource": {"S3Uri": "s3://x"}, "StatisticsResource": {"S3Uri": "s3://y"}}}
		mon_003.deny == set() with input as object.union(template, {"attributes": full})
		computed := {block: {"BaseliningJobName": "job"}}
		mon_003.deny == set() with input as object.union(template, {"attributes": computed})
		{f.path | some f in mon_003.deny} == {[block]} with input as object.union(template, {"attributes": {block: {}}})
	}
}

test_unreadable_blocks_are_inconclusive if {
	every baseline in ["probity-unknown", [{"constraints_resource": true, "statistics_resource": file}]] {
		mon_003.deny == set() with input as quality(baseline)
		mon_003.inconclusive == {{
			"msg": concat("", [
				"Whether monitoring job aws_sagemaker_data_quality_job_definition.x has a baseline ",
				"cannot be read from the repository.",
			]),
			"key": "baseline",
			"path": ["data_quality_baseline_config"],
			"evidence": {"block": "data_quality_baseline_config"},
		}} with input as quality(baseline)
	}
	mon_003.inconclusive == set() with input as quality([{"baselining_job_name": "job", "constraints_resource": true}])
}
