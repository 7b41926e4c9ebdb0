package probity.enc_003_test

import rego.v1

import data.probity.enc_003

resource(type, attributes) := {
	"system": "terraform", "type": type, "name": "credit", "address": sprintf("%s.credit", [type]),
	"subject": sprintf("terraform:infra//%s.credit", [type]),
	"attributes": attributes, "unknown": [], "references": [], "joins": {}, "systems": [], "path": "infra/main.tf",
}

key := "arn:aws:kms:eu-west-1:1:key/a"

job(changes) := resource("aws_sagemaker_training_job", object.union(sealed, changes))

sealed := {
	"output_data_config": [{"s3_output_path": "s3://out", "kms_key_id": key}],
	"resource_config": [{"instance_type": "ml.m5.large", "instance_count": 1, "volume_kms_key_id": key}],
}

found(case) := {[f.key, f.path] | some f in results} if results := enc_003.deny with input as case

test_sealed_job_passes if {
	found(job({})) == set()
}

test_output_without_a_key if {
	enc_003.deny == {{
		"msg": "aws_sagemaker_training_job.credit writes its results without a customer-managed key.",
		"key": "output_data_config.kms_key_id",
		"path": ["output_data_config", 0],
		"evidence": {"attribute": "output_data_config.kms_key_id"},
	}} with input as job({"output_data_config": [{"s3_output_path": "s3://out"}]})
}

test_key_that_aws_manages if {
	found(job({"output_data_config": [{"kms_key_id": "alias/aws/s3"}]})) == {[
		"output_data_config.kms_key_id",
		["output_data_config", 0, "kms_key_id"],
	]}
}

cluster(type, size) := {"resource_config": [{"instance_type": type, "instance_count": size}]}

test_volume_without_a_key if {
	enc_003.deny == {{
		"msg": "aws_sagemaker_training_job.credit keeps its volume without a customer-managed key.",
		"key": "resource_config.volume_kms_key_id",
		"path": ["resource_config", 0],
		"evidence": {"attribute": "resource_config.volume_kms_key_id"},
	}} with input as job(cluster("ml.m5.large", 1))
}

# Trap 20: these types reject the key.
test_local_storage_accepts_no_key if {
	found(job(cluster("ml.p4d.24xlarge", 1))) == set()
}

test_type_that_nobody_knows if {
	case := job(cluster("probity-unknown", 1))
	found(case) == set()
	enc_003.inconclusive == {{
		"msg": concat("", [
			"Whether aws_sagemaker_training_job.credit needs a key for its volume depends on its instance type, ",
			"which is not known.",
		]),
		"key": "resource_config.volume_kms_key_id",
		"path": ["resource_config", 0],
		"evidence": {"attribute": "resource_config.volume_kms_key_id"},
	}} with input as case
	count(enc_003.inconclusive) == 1 with input as job(cluster(true, 1))
	enc_003.inconclusive == set() with input as job(cluster("ml.m5.large", 1))
	enc_003.inconclusive == set() with input as job({"resource_config": [{
		"instance_type": "probity-unknown", "volume_kms_key_id": key,
	}]})
}

test_serverless_job_has_no_volume if {
	found(resource("aws_sagemaker_training_job", object.remove(sealed, ["resource_config"]))) == set()
}

test_traffic_in_clear if {
	two := cluster("ml.p4d.24xlarge", 2)
	enc_003.deny == {{
		"msg": "aws_sagemaker_training_job.credit has several instances whose containers talk to each other in clear.",
		"key": "enable_inter_container_traffic_encryption",
		"path": [],
		"evidence": {"attribute": "enable_inter_container_traffic_encryption"},
	}} with input as job(two)
	found(job(object.union(two, {"enable_inter_container_traffic_encryption": false}))) == {[
		"enable_inter_container_traffic_encryption",
		["enable_inter_container_traffic_encryption"],
	]}
	found(job(object.union(two, {"enable_inter_container_traffic_encryption": "true"}))) == set()
}

test_monitoring_jobs if {
	type := "aws_sagemaker_data_quality_job_definition"
	open := {"data_quality_job_output_config": [{}], "job_resources": [{"cluster_config": [{"instance_count": 2}]}]}
	found(resource(type, open)) == {
		["data_quality_job_output_config.kms_key_id", ["data_quality_job_output_config", 0]],
		["job_resources.cluster_config.volume_kms_key_id", ["job_resources", 0, "cluster_config", 0]],
		["network_config.enable_inter_container_traffic_encryption", []],
	}
}

test_cloudformation if {
	every kind in ["DataQuality", "ModelBias", "ModelExplainability", "ModelQuality"] {
		output := sprintf("%sJobOutputConfig", [kind])
		type := sprintf("AWS::SageMaker::%sJobDefinition", [kind])
		cluster_config := {"ClusterConfig": {"InstanceCount": 2, "InstanceType": "ml.m5.large"}}
		found(resource(type, {output: {}, "JobResources": cluster_config, "NetworkConfig": {}})) == {
			[sprintf("%s.KmsKeyId", [output]), [output]],
			["JobResources.ClusterConfig.VolumeKmsKeyId", ["JobResources", "ClusterConfig"]],
			["NetworkConfig.EnableInterContainerTrafficEncryption", ["NetworkConfig"]],
		}
	}
	ours := {"ClusterConfig": {"InstanceCount": "2", "VolumeKmsKeyId": key}}
	found(resource("AWS::SageMaker::ProcessingJob", {
		"ProcessingOutputConfig": {"KmsKeyId": key},
		"ProcessingResources": ours,
		"NetworkConfig": {"EnableInterContainerTrafficEncryption": true},
	})) == set()
	open := {"ProcessingOutputConfig": {"KmsKeyId": key}, "ProcessingResources": ours}
	found(resource("AWS::SageMaker::ProcessingJob", open)) == {[
		"NetworkConfig.EnableInterContainerTrafficEncryption",
		[],
	]}
}

pipeline(steps) := {
	"Version": "2020-12-01",
	"Parameters": [{"Name": "Key", "DefaultValue": ""}, {"Name": "Size", "DefaultValue": 2}, {"Name": "Open"}],
	"Steps": steps,
}

step(type, arguments) := {"Name": "Fit", "Type": type, "Arguments": arguments}

arguments := {
	"OutputDataConfig": {"KmsKeyId": key},
	"ResourceConfig": {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeKmsKeyId": key},
}

empty := {"OutputDataConfig": {}}

test_pipeline_step if {
	enc_003.deny == {{
		"msg": "Step Fit writes its results without a customer-managed key.",
		"key": "Fit:OutputDataConfig.KmsKeyId",
		"path": ["Steps", 0, "Arguments", "OutputDataConfig"],
		"evidence": {"attribute": "OutputDataConfig.KmsKeyId"},
	}} with input as pipeline([step("Training", object.union(object.remove(arguments, ["OutputDataConfig"]), empty))])
	found(pipeline([step("Training", arguments)])) == set()
}

with_key(value) := object.union(arguments, {"OutputDataConfig": {"KmsKeyId": value}})

test_pipeline_parameters if {
	found(pipeline([step("Training", with_key({"Get": "Parameters.Open"}))])) == set()
	found(pipeline([step("Training", with_key({"Get": "Parameters.Key"}))])) == {[
		"Fit:OutputDataConfig.KmsKeyId",
		["Steps", 0, "Arguments", "OutputDataConfig", "KmsKeyId"],
	]}
}

with_size(size) := pipeline([step("Training", object.union(arguments, {"ResourceConfig": {
	"InstanceType": "ml.m5.large",
	"VolumeKmsKeyId": key,
	"InstanceCount": size,
}}))])

test_size_of_a_step if {
	found(with_size({"Get": "Parameters.Size"})) == {[
		"Fit:EnableInterContainerTrafficEncryption",
		["Steps", 0, "Arguments"],
	]}
	enc_003.inconclusive == {{
		"msg": concat("", [
			"Whether the containers of Step Fit talk to each other in clear depends on their number, ",
			"which only a run gives.",
		]),
		"key": "Fit:EnableInterContainerTrafficEncryption",
		"path": ["Steps", 0, "Arguments"],
		"evidence": {"attribute": "EnableInterContainerTrafficEncryption"},
	}} with input as with_size({"Get": "Parameters.Open"})
	enc_003.inconclusive == set() with input as with_size(1)
	enc_003.inconclusive == set() with input as with_size({"Get": "Parameters.Size"})
}

test_tuning_and_processing_steps if {
	found(pipeline([step("Tuning", {"TrainingJobDefinition": {"OutputDataConfig": {}}})])) == {[
		"Fit:OutputDataConfig.KmsKeyId",
		["Steps", 0, "Arguments", "TrainingJobDefinition", "OutputDataConfig"],
	]}
	found(pipeline([step("Processing", {"ProcessingOutputConfig": {}})])) == {[
		"Fit:ProcessingOutputConfig.KmsKeyId",
		["Steps", 0, "Arguments", "ProcessingOutputConfig"],
	]}
}

test_pipeline_without_jobs if {
	enc_003.not_applicable == {{
		"msg": "the pipeline has no job of its own", "key": "", "path": [], "evidence": {},
	}} with input as pipeline([step("Fail", {})])
	enc_003.not_applicable == set() with input as pipeline([step("Training", arguments)])
	enc_003.not_applicable == set() with input as job({})
}
