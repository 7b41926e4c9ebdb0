# METADATA
# title: Idle or unbounded compute
# description: >-
#   Compute goes on when nobody uses it, or a job may run without end. Clusters that keep nodes when idle, Studio
#   domains without an idle shutdown, Colab runtimes that never stop, jobs that may run longer than the cap, and
#   training outside production at full price. A job without a limit of its own stops after a day. Domains are
#   judged by their JupyterLab settings.
# scope: package
# related_resources:
#   - ref: https://docs.aws.amazon.com/sagemaker/latest/dg/studio-updated-idle-shutdown.html
#     description: Idle shutdown in Amazon SageMaker Studio
#   - ref: https://cloud.google.com/colab/docs/runtimes
#     description: Colab Enterprise runtimes
# custom:
#   id: PB-CMP-002
#   version: 1
#   severity: low
#   scope: [resource, document]
#   selects:
#     - azurerm_machine_learning_compute_cluster
#     - aws_sagemaker_domain
#     - awscc_sagemaker_domain
#     - "AWS::SageMaker::Domain"
#     - aws_sagemaker_training_job
#     - "AWS::SageMaker::ProcessingJob"
#     - google_colab_runtime_template
#     - sagemaker-pipeline
#   inputs:
#     - tf
#     - cfn
#     - smp
#   controls:
#     - "NIST-AI-RMF:MEASURE 2.12"
#     - "NIST-AI-RMF:MANAGE 2.1"
#     - "ISO42001:A.4.5"
#     - "SOC2:A1.1"
#     - "UNESCO:31"
#   remediation: >-
#     Set min_node_count = 0, lifecycle_management = "ENABLED", idle_timeout, max_runtime_in_seconds; use spot
#     training in development.
#   aliases:
#     - CKV_AZURE_150
#     - 679ddf89-ab8f-48a5-9029-e76054077449
#   params:
#     - maximum_job_seconds
#     - maximum_idle_seconds
#     - nonproduction_environments
package probity.cmp_002

import rego.v1

import data.probity.lib.sagemaker
import data.probity.lib.settings
import data.probity.lib.twins
import data.probity.params

a := input.attributes

finding(owner, names, path, message) := {
	"msg": sprintf("%s %s.", [owner, message]),
	"key": concat(".", names),
	"path": path,
	"evidence": {"attribute": concat(".", names)},
}

keeps_nodes := "keeps nodes when nobody uses them: set min_node_count = 0"

deny contains finding(input.address, names, place.path, keeps_nodes) if {
	input.type == "azurerm_machine_learning_compute_cluster"
	names := ["scale_settings", "min_node_count"]
	some place in settings.places(a, names)
	to_number(place.value) > 0
}

domains := {"aws_sagemaker_domain", "awscc_sagemaker_domain", "AWS::SageMaker::Domain"}

never_idle := "never stops idle applications: enable idle shutdown"

deny contains finding(settings.title(input), names, place.path, never_idle) if {
	input.type in domains
	names := twins.path(input.type, [
		"default_user_settings",
		"jupyter_lab_app_settings",
		"app_lifecycle_management",
		"idle_settings",
		"lifecycle_management",
	])
	some place in settings.places(a, names)
	place.value != "ENABLED"
}

deny contains finding(input.address, names, place.path, "never stops its idle runtimes: set idle_timeout") if {
	input.type == "google_colab_runtime_template"
	names := ["idle_shutdown_config", "idle_timeout"]
	some place in settings.places(a, names)
	not settings.given(place.value)
}

# A duration in seconds, as Google writes it: "3600s".
deny contains finding(input.address, names, place.path, message) if {
	input.type == "google_colab_runtime_template"
	names := ["idle_shutdown_config", "idle_timeout"]
	some place in settings.places(a, names)
	seconds := to_number(trim_suffix(place.value, "s"))
	seconds > params.maximum_idle_seconds
	message := sprintf("stops its idle runtimes only after %v seconds", [seconds])
}

# Where jobs keep the limit of their run.
limit_of := {
	"aws_sagemaker_training_job": ["stopping_condition", "max_runtime_in_seconds"],
	"AWS::SageMaker::ProcessingJob": ["StoppingCondition", "MaxRuntimeInSeconds"],
}

too_long(seconds) := sprintf("may run for %v seconds, longer than the cap of %v", [seconds, params.maximum_job_seconds])

deny contains finding(settings.title(input), names, place.path, too_long(seconds)) if {
	names := limit_of[input.type]
	some place in settings.places(a, names)
	seconds := to_number(place.value)
	seconds > params.maximum_job_seconds
}

deny contains finding(input.address, [name], place.path, message) if {
	input.type == "aws_sagemaker_training_job"
	environment := settings.nonproduction(a)
	name := "enable_managed_spot_training"
	some place in settings.places(a, [name])
	not settings.on(place.value)
	message := sprintf("trains in %s at full price: use spot instances", [environment])
}

steps_limit := {
	"Training": ["StoppingCondition", "MaxRuntimeInSeconds"],
	"Processing": ["StoppingCondition", "MaxRuntimeInSeconds"],
	"Tuning": ["TrainingJobDefinition", "StoppingCondition", "MaxRuntimeInSeconds"],
}

deny contains f if {
	some step in sagemaker.steps(input)
	some place in settings.places(step.arguments, steps_limit[step.type])
	seconds := to_number(sagemaker.resolved(input, place.value))
	seconds > params.maximum_job_seconds
	f := {
		"msg": sprintf("Step %s %s.", [step.name, too_long(seconds)]),
		"key": step.name,
		"path": array.concat(step.path, place.path),
		"evidence": {"attribute": "MaxRuntimeInSeconds"},
	}
}
