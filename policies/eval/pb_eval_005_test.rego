package probity.eval_005_test

import rego.v1

import data.probity.eval_005

system := {"id": "credit", "risk_class": "high", "paths": ["credit"], "resources": ["r"]}

repository := {
	"systems": [system], "pipelines": [], "metrics": [], "documents": [], "resources": [], "config": {},
}

with_(change) := object.union(repository, change)

denied(case) := {f.msg | some f in all} if {
	all := eval_005.deny with input as case
}

test_no_explanation if {
	eval_005.deny == {{
		"msg": "System credit is of high risk and nothing explains its decisions; add an explainer.",
		"resource": "system:credit", "key": "", "path": [],
		"evidence": {"system": "credit", "mode": "missing"},
	}} with input as repository
}

resource(type, attributes) := {"resources": [{"type": type, "subject": "r", "attributes": attributes}]}

test_an_explainer_of_kserve if {
	case := with_(resource("InferenceService", {"spec": {"explainer": {"art": {"type": "SquareAttack"}}}}))
	denied(case) == set()
	eval_005.not_applicable == set() with input as case
}

test_an_inference_service_without_an_explainer if {
	count(denied(with_(resource("InferenceService", {"spec": {"predictor": {}}})))) == 1
}

test_an_explainer_of_another_system if {
	foreign := {"type": "InferenceService", "subject": "x", "attributes": {"spec": {"explainer": {"a": 1}}}}
	count(denied(with_({"resources": [foreign]}))) == 1
}

test_a_clarify_explainer if {
	config := {"ExplainerConfig": {"ClarifyExplainerConfig": {"ShapConfig": {}}}}
	denied(with_(resource("AWS::SageMaker::EndpointConfig", config))) == set()
}

test_a_clarify_explainer_by_cloud_control if {
	config := {"explainer_config": {"clarify_explainer_config": {"shap_config": {}}}}
	denied(with_(resource("awscc_sagemaker_endpoint_config", config))) == set()
}

test_a_job if {
	denied(with_(resource("AWS::SageMaker::ModelExplainabilityJobDefinition", {}))) == set()
}

test_a_job_by_cloud_control if {
	denied(with_(resource("awscc_sagemaker_model_explainability_job_definition", {}))) == set()
}

test_a_schedule if {
	config := {"monitoring_schedule_config": [{"monitoring_type": "ModelExplainability"}]}
	denied(with_(resource("aws_sagemaker_monitoring_schedule", config))) == set()
}

test_a_schedule_by_cloud_control if {
	config := {"monitoring_schedule_config": {"monitoring_type": "ModelExplainability"}}
	denied(with_(resource("awscc_sagemaker_monitoring_schedule", config))) == set()
}

test_a_schedule_in_cloudformation if {
	config := {"MonitoringScheduleConfig": {"MonitoringType": "ModelExplainability"}}
	denied(with_(resource("AWS::SageMaker::MonitoringSchedule", config))) == set()
}

test_a_schedule_for_something_else if {
	config := {"MonitoringScheduleConfig": {"MonitoringType": "ModelBias"}}
	count(denied(with_(resource("AWS::SageMaker::MonitoringSchedule", config)))) == 1
}

pipeline(node) := {"pipelines": [{"path": "credit/dvc.yaml", "nodes": {"e": node}}]}

test_a_step if {
	denied(with_(pipeline({"kind": "explain"}))) == set()
}

test_a_step_by_name_is_a_review if {
	case := with_(pipeline({"kind": "explain", "weak": true}))
	denied(case) == set()
	{[f.msg, f.evidence.mode] | some f in eval_005.review} == {[
		"System credit has a step that explains its decisions only by its name.", "by-name",
	]} with input as case
}

test_a_report if {
	denied(with_({"metrics": [{"name": "shap.income", "path": "credit/s.json", "model": {"name": null}}]})) == set()
}

test_a_program if {
	denied(with_({"documents": [{"kind": "python", "path": "credit/e.py", "value": {"imports": ["shap"]}}]})) == set()
}

silent(case, reason) if {
	denied(case) == set()
	reasons := eval_005.not_applicable with input as case
	{f.msg | some f in reasons} == {reason}
}

spared := "the systems of high risk are generative or declare interpretable: true"

test_an_interpretable_model if {
	silent(with_({"systems": [object.union(system, {"interpretable": true})]}), spared)
}

test_a_generative_system if {
	silent(with_({"systems": [object.union(system, {"type": "Chatbot"})]}), spared)
}

test_a_generative_system_by_its_model if {
	silent(with_({"systems": [object.union(system, {"model_kind": "llm"})]}), spared)
}

test_a_generative_system_by_its_resources if {
	silent(with_(resource("aws_bedrockagent_agent", {})), spared)
}

test_no_system_of_high_risk if {
	silent(with_({"systems": [object.union(system, {"risk_class": "limited"})]}), "no system declares risk_class: high")
}

test_satisfied_externally if {
	silent(with_({"config": {"external_evidence": {"PB-EVAL-005": "u"}}}), "satisfied externally, see u")
}
