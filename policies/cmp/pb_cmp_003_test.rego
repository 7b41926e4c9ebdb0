package probity.cmp_003_test

import rego.v1

import data.probity.cmp_003

resource(type, attributes) := {
	"system": "terraform", "type": type, "name": "a", "address": sprintf("%s.a", [type]),
	"subject": sprintf("terraform:infra//%s.a", [type]),
	"attributes": attributes, "unknown": [], "references": [], "joins": {}, "systems": [], "path": "infra/main.tf",
}

found(case) := {[f.key, f.path] | some f in results} if results := cmp_003.deny with input as case

notebook(type, tags) := resource("aws_sagemaker_notebook_instance", {"instance_type": type, "tags": tags})

test_large_machine_in_dev if {
	cmp_003.deny == {{
		"msg": concat("", [
			"aws_sagemaker_notebook_instance.a uses the machine type ml.p5.48xlarge in dev: ",
			"downsize it or record an approval.",
		]),
		"key": "instance_type:",
		"path": ["instance_type"],
		"evidence": {"environment": "dev", "machine_type": "ml.p5.48xlarge"},
	}} with input as notebook("ml.p5.48xlarge", {"environment": "dev"})
}

test_environment_is_not_known if {
	{[f.msg, f.evidence.environment] | some f in cmp_003.deny} == {[
		concat("", [
			"aws_sagemaker_notebook_instance.a uses the machine type ml.p5.48xlarge: ",
			"downsize it or record an approval.",
		]),
		"any",
	]} with input as notebook("ml.p5.48xlarge", {})
}

test_types if {
	every type in ["ml.p4d.24xlarge", "ml.p5en.48xlarge", "ml.p6-b200.48xlarge", "ml.trn1.32xlarge", "ml.g6e.48xlarge"] {
		count(found(notebook(type, {}))) == 1
	}
	every type in ["ml.g5.xlarge", "ml.p3.2xlarge", "ml.g6e.4xlarge", "ml.m5.large", true] {
		found(notebook(type, {})) == set()
	}
}

test_approval if {
	every key in ["cost-approval", "CostApproval", "cost_approved_by"] {
		found(notebook("ml.p5.48xlarge", {key: "FIN-1"})) == set()
	}
	count(found(notebook("ml.p5.48xlarge", {"cost-approval": ""}))) == 1
	count(found(notebook("ml.p5.48xlarge", {"cost-centre": "FIN-1"}))) == 1
}

test_approved_types if {
	listed := {"any": [`^ml\.trn1`], "prod": [`^ml\.p5\.`]}
	cmp_003.deny == set() with input as notebook("ml.p5.48xlarge", {"env": "Prod"})
		with data.probity.params.approved_large_instances as listed
	cmp_003.deny == set() with input as notebook("ml.trn1.32xlarge", {"stage": "dev"})
		with data.probity.params.approved_large_instances as listed
	count(cmp_003.deny) == 1 with input as notebook("ml.p5.48xlarge", {"env": "dev"})
		with data.probity.params.approved_large_instances as listed
	count(cmp_003.deny) == 1 with input as notebook("ml.p4d.24xlarge", {"env": "prod"})
		with data.probity.params.approved_large_instances as listed
}

large := "ml.p5.48xlarge"

test_places_of_a_machine if {
	every type in ["aws_sagemaker_endpoint_configuration", "awscc_sagemaker_endpoint_config"] {
		every block in ["production_variants", "shadow_production_variants"] {
			found(resource(type, {block: [{"variant_name": "b", "instance_type": large}]})) == {[
				sprintf("%s.instance_type:b", [block]), [block, 0, "instance_type"],
			]}
		}
	}
	every block in ["ProductionVariants", "ShadowProductionVariants"] {
		found(resource("AWS::SageMaker::EndpointConfig", {block: [{"VariantName": "b", "InstanceType": large}]})) == {[
			sprintf("%s.InstanceType:b", [block]), [block, 0, "InstanceType"],
		]}
	}
	every case in [
		["awscc_sagemaker_notebook_instance", {"instance_type": large}],
		["AWS::SageMaker::NotebookInstance", {"InstanceType": large}],
		["aws_sagemaker_training_job", {"resource_config": [{"instance_type": large}]}],
		["AWS::SageMaker::ProcessingJob", {"ProcessingResources": {"ClusterConfig": {"InstanceType": large}}}],
		["azurerm_machine_learning_compute_cluster", {"vm_size": "Standard_ND96asr_v4"}],
		["azurerm_machine_learning_compute_instance", {"virtual_machine_size": "standard_nd40rs_v2"}],
	] {
		count(found(resource(case[0], case[1]))) == 1
	}
	found(resource("azurerm_machine_learning_compute_cluster", {"vm_size": "Standard_NC6"})) == set()
}

test_number_of_accelerators if {
	garden := "google_vertex_ai_endpoint_with_model_garden_deployment"
	spec := [{"machine_spec": [{"accelerator_count": 8}]}]
	cmp_003.deny == {{
		"msg": concat("", [
			"google_colab_runtime_template.a asks for 8 accelerators: ",
			"downsize it or record an approval.",
		]),
		"key": "machine_spec.accelerator_count",
		"path": ["machine_spec", 0, "accelerator_count"],
		"evidence": {"environment": "any", "accelerators": 8},
	}} with input as resource("google_colab_runtime_template", {"machine_spec": [{"accelerator_count": 8}]})
	every case in [
		["google_workbench_instance", "gce_setup", [{"accelerator_configs": [{"core_count": "8"}]}]],
		[garden, "deploy_config", [{"dedicated_resources": spec}]],
		["google_vertex_ai_deployment_resource_pool", "dedicated_resources", spec],
	] {
		count(found(resource(case[0], {case[1]: case[2]}))) == 1
		found(resource(case[0], {case[1]: case[2], "labels": {"cost-approval": "FIN-1"}})) == set()
	}
	found(resource("google_colab_runtime_template", {"machine_spec": [{"accelerator_count": 4}]})) == set()
}

pod(number, metadata) := {
	"system": "kubernetes", "type": "Pod", "name": "llm", "namespace": "ml", "subject": "kubernetes:k8s//Pod/ml/llm",
	"attributes": {"kind": "Pod", "metadata": metadata, "spec": {"containers": [{
		"name": "server", "resources": {"limits": {"nvidia.com/gpu": number}},
	}]}},
	"unknown": [], "references": [], "joins": {}, "systems": [], "path": "k8s/llm.yaml",
}

test_pod if {
	cmp_003.deny == {{
		"msg": "Pod llm asks for 8 accelerators in dev: downsize it or record an approval.",
		"key": "server",
		"path": ["spec", "containers", 0, "resources"],
		"evidence": {"environment": "dev", "accelerators": 8},
	}} with input as pod(8, {"labels": {"env": "dev"}})
	found(pod(4, {})) == set()
	found(pod(8, {"annotations": {"cost-approval": "FIN-1"}})) == set()
	found(pod(8, {"labels": {"cost-approval": "FIN-1"}})) == set()
}

throughput(attributes) := resource("aws_bedrock_provisioned_model_throughput", attributes)

test_throughput if {
	cmp_003.deny == {{
		"msg": concat("", [
			"aws_bedrock_provisioned_model_throughput.a buys throughput with commitment_duration SixMonths: ",
			"downsize it or record an approval.",
		]),
		"key": "commitment_duration",
		"path": ["commitment_duration"],
		"evidence": {"environment": "any", "attribute": "commitment_duration"},
	}} with input as throughput({"commitment_duration": "SixMonths", "model_units": 1})
	found(throughput({"model_units": 2})) == {["model_units", ["model_units"]]}
	found(throughput({"model_units": 1})) == set()
	found(throughput({"model_units": 2, "tags": {"cost-approval": "FIN-1"}})) == set()
	found(resource("aws_x", {"model_units": 2})) == set()
}

pipeline(type, arguments) := {
	"Version": "2020-12-01",
	"Parameters": [{"Name": "Type", "DefaultValue": large}, {"Name": "Open"}],
	"Steps": [{"Name": "Fit", "Type": type, "Arguments": arguments}],
}

test_pipeline if {
	cmp_003.deny == {{
		"msg": "Step Fit uses the machine type ml.p5.48xlarge: downsize it or record an approval.",
		"key": "Fit",
		"path": ["Steps", 0, "Arguments", "ResourceConfig", "InstanceType"],
		"evidence": {"environment": "any", "machine_type": "ml.p5.48xlarge"},
	}} with input as pipeline("Training", {"ResourceConfig": {"InstanceType": large}})
	every case in [
		["Training", {"ResourceConfig": {"InstanceType": {"Get": "Parameters.Type"}}}],
		["Tuning", {"TrainingJobDefinition": {"ResourceConfig": {"InstanceType": large}}}],
		["Processing", {"ProcessingResources": {"ClusterConfig": {"InstanceType": large}}}],
		["Transform", {"TransformResources": {"InstanceType": large}}],
	] {
		count(found(pipeline(case[0], case[1]))) == 1
	}
	found(pipeline("Training", {"ResourceConfig": {"InstanceType": "ml.m5.large"}})) == set()
	found(pipeline("Training", {"ResourceConfig": {"InstanceType": {"Get": "Parameters.Open"}}})) == set()
}

test_azure_machine_learning if {
	every document in [
		{"instance_type": "Standard_ND96asr_v4"},
		{"size": "Standard_ND96asr_v4"},
		{"resources": {"instance_type": "Standard_ND96asr_v4"}},
	] {
		count(found(document)) == 1
	}
	cmp_003.deny == {{
		"msg": "Job train uses the machine type Standard_ND96asr_v4: downsize it or record an approval.",
		"key": "jobs.train.resources.instance_type",
		"path": ["jobs", "train", "resources", "instance_type"],
		"evidence": {"environment": "any", "machine_type": "Standard_ND96asr_v4"},
	}} with input as {"jobs": {"train": {"resources": {"instance_type": "Standard_ND96asr_v4"}}}}
	found({"jobs": {"train": {"resources": {"instance_type": "Standard_NC6"}}}}) == set()
}

test_a_resource_is_no_definition_of_azure_machine_learning if {
	found(object.union(notebook("ml.m5.large", {}), {"size": "Standard_ND96asr_v4"})) == set()
}
