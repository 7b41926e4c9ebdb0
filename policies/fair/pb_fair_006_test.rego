package probity.fair_006_test

import rego.v1

import data.probity.fair_006

resource(system, type, name, attributes, references) := {
	"system": system, "type": type, "name": name, "address": sprintf("%s.%s", [type, name]),
	"subject": sprintf("%s:infra//%s.%s", [system, type, name]), "path": "infra/main.tf",
	"attributes": attributes, "unknown": [], "references": references,
}

terraform(type, name, attributes, references) := resource("terraform", type, name, attributes, references)

endpoint := terraform("aws_sagemaker_endpoint", "credit", {"name": "credit"}, [])

high := [{"id": "s", "risk_class": "high", "affects_persons": true, "resources": [endpoint.subject]}]

repository(resources) := {"resources": resources, "systems": high}

schedule(type, definition) := terraform("aws_sagemaker_monitoring_schedule", "bias", {"monitoring_schedule_config": [{
	"monitoring_type": type, "monitoring_job_definition_name": definition,
}]}, [])

definition := terraform("awscc_sagemaker_model_bias_job_definition", "bias", {
	"job_definition_name": "credit-bias",
	"model_bias_job_input": {"endpoint_input": {"endpoint_name": "credit"}},
}, [])

nothing(case) if {
	fair_006.deny == set() with input as case
	fair_006.inconclusive == set() with input as case
}

test_a_schedule_for_the_endpoint if {
	case := repository([endpoint, schedule("ModelBias", "credit-bias"), definition])
	nothing(case)
	fair_006.not_applicable == set() with input as case
}

test_no_schedule if {
	fair_006.deny == {{
		"msg": concat("", [
			"Endpoint aws_sagemaker_endpoint.credit of a high-risk system has no schedule that monitors ",
			"the bias of its answers.",
		]),
		"resource": "terraform:infra//aws_sagemaker_endpoint.credit", "key": "", "path": [],
		"evidence": {"endpoint": "aws_sagemaker_endpoint.credit", "bias_schedules": []},
	}} with input as repository([endpoint])
}

test_another_kind_of_schedule if {
	count(fair_006.deny) == 1 with input as repository([endpoint, schedule("DataQuality", "credit-bias")])
}

test_a_definition_that_nothing_runs if {
	{f.msg | some f in fair_006.deny} == {concat("", [
		"Endpoint aws_sagemaker_endpoint.credit of a high-risk system has a definition of bias monitoring ",
		"that no schedule runs.",
	])} with input as repository([endpoint, definition])
}

test_a_schedule_for_another_endpoint if {
	change := {"attributes": {"model_bias_job_input": {"endpoint_input": {"endpoint_name": "churn"}}}}
	other := object.union(definition, change)
	some f in fair_006.deny with input as repository([endpoint, schedule("ModelBias", "credit-bias"), other])
	f.evidence.bias_schedules == ["terraform:infra//aws_sagemaker_monitoring_schedule.bias"]
	contains(f.msg, "no schedule")
}

test_a_definition_that_is_not_here_is_inconclusive if {
	case := repository([endpoint, schedule("ModelBias", "made-by-the-sdk")])
	fair_006.deny == set() with input as case
	{f.msg | some f in fair_006.inconclusive} == {concat("", [
		"Whether the bias of the answers of endpoint aws_sagemaker_endpoint.credit is monitored cannot be seen: ",
		"a schedule names no endpoint here.",
	])} with input as case
}

test_a_definition_whose_endpoint_is_not_known_is_inconclusive if {
	open := object.union(object.remove(definition, ["attributes"]), {"attributes": {"job_definition_name": "credit-bias"}})
	case := repository([endpoint, schedule("ModelBias", "credit-bias"), open])
	fair_006.deny == set() with input as case
	count(fair_006.inconclusive) == 1 with input as case
}

test_a_type_that_is_not_known_is_inconclusive if {
	hidden := object.union(schedule("x", "y"), {
		"attributes": {"monitoring_schedule_config": [{}]},
		"unknown": [["monitoring_schedule_config", 0, "monitoring_type"]],
	})
	fair_006.deny == set() with input as repository([endpoint, hidden])
	count(fair_006.inconclusive) == 1 with input as repository([endpoint, hidden])
	other := object.union(hidden, {"unknown": [["name"]]})
	count(fair_006.deny) == 1 with input as repository([endpoint, other])
}

cloud(type, name, attributes, references) := object.union(
	resource("cloudformation", type, name, attributes, references),
	{"address": name, "subject": sprintf("cloudformation:infra/t.yaml//%s", [name])},
)

served := cloud("AWS::SageMaker::Endpoint", "Credit", {"Tags": [{"Key": "RiskClass", "Value": "High"}]}, [])

bias := {"MonitoringScheduleConfig": {"MonitoringType": "ModelBias"}}

runs := cloud("AWS::SageMaker::MonitoringSchedule", "Runs", bias, [
	{"path": ["MonitoringScheduleConfig", "MonitoringJobDefinitionName"], "target": "Bias"},
])

defines := cloud("AWS::SageMaker::ModelBiasJobDefinition", "Bias", {}, [
	{"path": ["ModelBiasJobInput", "EndpointInput", "EndpointName"], "target": "Credit"},
])

test_cloudformation_by_reference if {
	nothing(repository([served, runs, defines]))
	count(fair_006.deny) == 1 with input as repository([served])
	elsewhere := object.union(defines, {"subject": "cloudformation:other.yaml//Bias"})
	count(fair_006.inconclusive) == 1 with input as repository([served, runs, elsewhere])
}

test_a_schedule_that_names_the_endpoint if {
	named := object.union(served, {"attributes": {"EndpointName": "credit"}})
	direct := cloud("AWS::SageMaker::MonitoringSchedule", "Runs", {
		"EndpointName": "credit", "MonitoringScheduleConfig": {"MonitoringType": "ModelBias"},
	}, [])
	nothing(repository([named, direct]))
	control := terraform("awscc_sagemaker_monitoring_schedule", "runs", {
		"endpoint_name": "credit", "monitoring_schedule_config": {"monitoring_type": "ModelBias"},
	}, [])
	nothing(repository([endpoint, control]))
}

not_asked(case) if {
	nothing(case)
	{f.msg | some f in fair_006.not_applicable} == {concat("", [
		"no production endpoint belongs to a system that declares risk_class: high ",
		"and affects persons",
	])} with input as case
}

test_not_applicable if {
	{f.msg | some f in fair_006.not_applicable} == {
		"the repository declares no SageMaker endpoint",
	} with input as repository([definition])
	limited := [{"risk_class": "limited", "resources": [endpoint.subject]}]
	not_asked(object.union(repository([endpoint]), {"systems": limited}))
}

test_not_applicable_without_a_record if {
	not_asked(object.union(repository([endpoint]), {"systems": []}))
}

test_not_applicable_where_no_person_is_affected if {
	not_asked(object.union(repository([endpoint]), {"systems": [object.union(high[0], {"affects_persons": false})]}))
}

test_not_applicable_outside_production if {
	tags := {"attributes": {"tags_all": {"Environment": "Staging", "risk_class": "high"}}}
	not_asked(repository([object.union(endpoint, tags)]))
}

test_a_tag_says_that_the_risk_is_high if {
	tags := {"attributes": {"tags": {"risk-class": "high", "environment": "prod"}}}
	case := object.union(repository([object.union(endpoint, tags)]), {"systems": []})
	count(fair_006.deny) == 1 with input as case
}
