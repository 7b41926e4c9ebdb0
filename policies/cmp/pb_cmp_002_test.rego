package probity.cmp_002_test

import rego.v1

import data.probity.cmp_002

resource(type, attributes) := {
	"system": "terraform", "type": type, "name": "a", "address": sprintf("%s.a", [type]),
	"subject": sprintf("terraform:infra//%s.a", [type]),
	"attributes": attributes, "unknown": [], "references": [], "joins": {}, "systems": [], "path": "infra/main.tf",
}

found(case) := {[f.key, f.path] | some f in results} if results := cmp_002.deny with input as case

test_cluster_that_keeps_nodes if {
	type := "azurerm_machine_learning_compute_cluster"
	cmp_002.deny == {{
		"msg": "azurerm_machine_learning_compute_cluster.a keeps nodes when nobody uses them: set min_node_count = 0.",
		"key": "scale_settings.min_node_count",
		"path": ["scale_settings", 0, "min_node_count"],
		"evidence": {"attribute": "scale_settings.min_node_count"},
	}} with input as resource(type, {"scale_settings": [{"min_node_count": 4}]})
	found(resource(type, {"scale_settings": [{"min_node_count": 0}]})) == set()
	found(resource("azurerm_x", {"scale_settings": [{"min_node_count": 4}]})) == set()
}

idle(value) := {"default_user_settings": [{"jupyter_lab_app_settings": [lab(value)]}]}

lab(value) := {"app_lifecycle_management": [{"idle_settings": [{"lifecycle_management": value}]}]}

key := "default_user_settings.jupyter_lab_app_settings.app_lifecycle_management.idle_settings.lifecycle_management"

test_domain if {
	every type in ["aws_sagemaker_domain", "awscc_sagemaker_domain"] {
		found(resource(type, idle("ENABLED"))) == set()
		count(found(resource(type, idle("DISABLED")))) == 1
	}
	cmp_002.deny == {{
		"msg": "aws_sagemaker_domain.a never stops idle applications: enable idle shutdown.",
		"key": key,
		"path": [],
		"evidence": {"attribute": key},
	}} with input as resource("aws_sagemaker_domain", {"auth_mode": "SSO"})
	on := {"DefaultUserSettings": {"JupyterLabAppSettings": {"AppLifecycleManagement": {"IdleSettings": {
		"LifecycleManagement": "ENABLED",
	}}}}}
	found(resource("AWS::SageMaker::Domain", on)) == set()
	count(found(resource("AWS::SageMaker::Domain", {}))) == 1
}

runtime(timeout) := resource("google_colab_runtime_template", {"idle_shutdown_config": [{"idle_timeout": timeout}]})

test_colab if {
	found(runtime("3600s")) == set()
	found(runtime("10800s")) == set()
	cmp_002.deny == {{
		"msg": "google_colab_runtime_template.a stops its idle runtimes only after 86400 seconds.",
		"key": "idle_shutdown_config.idle_timeout",
		"path": ["idle_shutdown_config", 0, "idle_timeout"],
		"evidence": {"attribute": "idle_shutdown_config.idle_timeout"},
	}} with input as runtime("86400s")
	cmp_002.deny == {{
		"msg": "google_colab_runtime_template.a never stops its idle runtimes: set idle_timeout.",
		"key": "idle_shutdown_config.idle_timeout",
		"path": [],
		"evidence": {"attribute": "idle_shutdown_config.idle_timeout"},
	}} with input as resource("google_colab_runtime_template", {})
	found(resource("google_x", {"idle_shutdown_config": [{"idle_timeout": "86400s"}]})) == set()
}

limited(seconds) := {"stopping_condition": [{"max_runtime_in_seconds": seconds}]}

test_jobs if {
	found(resource("aws_sagemaker_training_job", limited(86400))) == set()
	found(resource("aws_sagemaker_training_job", {})) == set()
	cmp_002.deny == {{
		"msg": "aws_sagemaker_training_job.a may run for 432000 seconds, longer than the cap of 86400.",
		"key": "stopping_condition.max_runtime_in_seconds",
		"path": ["stopping_condition", 0, "max_runtime_in_seconds"],
		"evidence": {"attribute": "stopping_condition.max_runtime_in_seconds"},
	}} with input as resource("aws_sagemaker_training_job", limited(432000))
	long := {"StoppingCondition": {"MaxRuntimeInSeconds": 432000}}
	found(resource("AWS::SageMaker::ProcessingJob", long)) == {[
		"StoppingCondition.MaxRuntimeInSeconds", ["StoppingCondition", "MaxRuntimeInSeconds"],
	]}
	cmp_002.deny == set() with input as resource("aws_sagemaker_training_job", limited(432000))
		with data.probity.params.maximum_job_seconds as 432000
}

test_spot_training_in_development if {
	dev := {"tags": {"environment": "dev"}}
	cmp_002.deny == {{
		"msg": "aws_sagemaker_training_job.a trains in dev at full price: use spot instances.",
		"key": "enable_managed_spot_training",
		"path": [],
		"evidence": {"attribute": "enable_managed_spot_training"},
	}} with input as resource("aws_sagemaker_training_job", dev)
	found(resource("aws_sagemaker_training_job", object.union(dev, {"enable_managed_spot_training": true}))) == set()
	found(resource("aws_sagemaker_training_job", {"tags": {"environment": "prod"}})) == set()
	found(resource("aws_x", dev)) == set()
}

pipeline(type, arguments) := {
	"Version": "2020-12-01",
	"Parameters": [{"Name": "Long", "DefaultValue": 432000}],
	"Steps": [{"Name": "Fit", "Type": type, "Arguments": arguments}],
}

test_steps if {
	long := {"StoppingCondition": {"MaxRuntimeInSeconds": 432000}}
	cmp_002.deny == {{
		"msg": "Step Fit may run for 432000 seconds, longer than the cap of 86400.",
		"key": "Fit",
		"path": ["Steps", 0, "Arguments", "StoppingCondition", "MaxRuntimeInSeconds"],
		"evidence": {"attribute": "MaxRuntimeInSeconds"},
	}} with input as pipeline("Training", long)
	every case in [
		["Processing", long],
		["Tuning", {"TrainingJobDefinition": long}],
		["Training", {"StoppingCondition": {"MaxRuntimeInSeconds": {"Get": "Parameters.Long"}}}],
	] {
		count(found(pipeline(case[0], case[1]))) == 1
	}
	found(pipeline("Training", {"StoppingCondition": {"MaxRuntimeInSeconds": 3600}})) == set()
	found(pipeline("Training", {})) == set()
	found(pipeline("Fail", long)) == set()
}
