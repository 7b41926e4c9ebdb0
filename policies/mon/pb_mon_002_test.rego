package probity.mon_002_test

import rego.v1

import data.probity.mon_002

resource(type, name, attributes, references) := {
	"system": "terraform", "type": type, "name": name, "address": sprintf("%s.%s", [type, name]),
	"subject": sprintf("terraform:infra//%s.%s", [type, name]),
	"attributes": attributes, "unknown": [], "references": references, "path": "infra/main.tf",
}

repository(resources) := {"resources": resources, "pipelines": [], "documents": [], "systems": []}

endpoint := resource("aws_sagemaker_endpoint", "credit", {"name": "credit"}, [])

named(name) := resource(
	"aws_sagemaker_data_quality_job_definition", "quality",
	{"name": "quality", "data_quality_job_input": [{"endpoint_input": [{"endpoint_name": name}]}]}, [],
)

referring := object.union(
	resource("aws_sagemaker_data_quality_job_definition", "quality", {"name": "quality"}, [{
		"path": ["data_quality_job_input", 0, "endpoint_input", 0, "endpoint_name"], "target": "aws_sagemaker_endpoint.credit",
	}]),
	{"unknown": [["data_quality_job_input", 0, "endpoint_input", 0, "endpoint_name"]]},
)

schedule(type) := resource("aws_sagemaker_monitoring_schedule", "hourly", {"monitoring_schedule_config": [{
	"monitoring_type": type, "monitoring_job_definition_name": "quality",
}]}, [])

test_monitored_endpoint_passes if {
	every definition in [named("credit"), referring] {
		case := repository([endpoint, definition, schedule("DataQuality")])
		mon_002.deny == set() with input as case
		mon_002.review == set() with input as case
		mon_002.inconclusive == set() with input as case
		mon_002.not_applicable == set() with input as case
	}
}

test_no_schedule if {
	mon_002.deny == {{
		"msg": "No schedule monitors the data quality of endpoint aws_sagemaker_endpoint.credit: add one that names it.",
		"resource": "terraform:infra//aws_sagemaker_endpoint.credit",
		"key": "",
		"path": [],
		"evidence": {"other_monitoring": []},
	}} with input as repository([endpoint])
	count(mon_002.deny) == 1 with input as repository([endpoint, named("credit")])
}

test_schedule_of_another_kind if {
	case := repository([endpoint, named("credit"), schedule("ModelBias")])
	{f.evidence.other_monitoring | some f in mon_002.deny} == {["ModelBias"]} with input as case
}

test_schedule_of_another_endpoint if {
	case := repository([endpoint, named("other"), schedule("DataQuality")])
	count(mon_002.deny) == 1 with input as case
	mon_002.inconclusive == set() with input as case
	detached := object.union(schedule("DataQuality"), {"attributes": {"monitoring_schedule_config": [{
		"monitoring_job_definition_name": "elsewhere",
	}]}})
	mon_002.deny == set() with input as repository([endpoint, named("credit"), detached])
	count(mon_002.inconclusive) == 1 with input as repository([endpoint, named("credit"), detached])
}

# Two names that nobody knows yet are not the same name.
test_unknown_names_do_not_match if {
	definition := object.union(named("probity-unknown"), {"unknown": [["data_quality_job_input", 0, "endpoint_input", 0, "endpoint_name"]]})
	hidden := object.union(
		resource("aws_sagemaker_endpoint", "credit", {"name": "probity-unknown"}, []),
		{"unknown": [["name"]]},
	)
	case := repository([hidden, definition, schedule("DataQuality")])
	mon_002.deny == set() with input as case
	mon_002.inconclusive == {{
		"msg": concat("", [
			"Whether a schedule monitors endpoint aws_sagemaker_endpoint.credit cannot be told: ",
			"what a schedule of its root watches is unknown.",
		]),
		"resource": "terraform:infra//aws_sagemaker_endpoint.credit",
		"key": "",
		"path": [],
		"evidence": {"schedules": ["aws_sagemaker_monitoring_schedule.hourly"]},
	}} with input as case
	known := repository([hidden, named("probity-unknown"), schedule("DataQuality")])
	count(mon_002.deny) == 1 with input as known
	elsewhere := object.union(hidden, {"subject": "terraform:other//aws_sagemaker_endpoint.credit"})
	count(mon_002.deny) == 1 with input as repository([elsewhere, definition, schedule("DataQuality")])
}

# A pipeline may create the schedule.
test_monitoring_step_makes_it_a_question if {
	pipelines := [{"nodes": {"watch": {"kind": "monitor", "name": "watch"}, "train": {"kind": "train", "name": "train"}}}]
	case := object.union(repository([endpoint]), {"pipelines": pipelines})
	mon_002.deny == set() with input as case
	mon_002.review == {{
		"msg": concat("", [
			"No schedule monitors the data quality of endpoint aws_sagemaker_endpoint.credit, ",
			"unless a pipeline's monitoring step creates one.",
		]),
		"resource": "terraform:infra//aws_sagemaker_endpoint.credit",
		"key": "",
		"path": [],
		"evidence": {"steps": ["watch"]},
	}} with input as case
	open := object.union(repository([endpoint, object.union(schedule("DataQuality"), {"attributes": {}})]), {"pipelines": pipelines})
	mon_002.inconclusive == set() with input as open
}

logical(type, id, properties, references) := {
	"system": "cloudformation", "type": type, "name": id, "address": id,
	"subject": sprintf("cloudformation:t.yaml//%s", [id]),
	"attributes": properties, "unknown": [], "references": references, "path": "t.yaml",
}

test_cloudformation if {
	deployed := logical("AWS::SageMaker::Endpoint", "E", {}, [])
	definition := logical("AWS::SageMaker::DataQualityJobDefinition", "D", {}, [{
		"path": ["DataQualityJobInput", "EndpointInput", "EndpointName"], "target": "E",
	}])
	by_definition := logical("AWS::SageMaker::MonitoringSchedule", "S", {"MonitoringScheduleConfig": {"MonitoringType": "DataQuality"}}, [{
		"path": ["MonitoringScheduleConfig", "MonitoringJobDefinitionName"], "target": "D",
	}])
	mon_002.deny == set() with input as repository([deployed, definition, by_definition])
	mon_002.inconclusive == set() with input as repository([deployed, definition, by_definition])
	in_place := logical("AWS::SageMaker::MonitoringSchedule", "S", {"MonitoringScheduleConfig": {}}, [{
		"path": ["MonitoringScheduleConfig", "MonitoringJobDefinition", "MonitoringInputs", 0, "EndpointInput", "EndpointName"],
		"target": "E",
	}])
	mon_002.deny == set() with input as repository([deployed, in_place])
	count(mon_002.deny) == 1 with input as repository([deployed])
	bias := object.union(in_place, {"attributes": {"MonitoringScheduleConfig": {"MonitoringType": "ModelBias"}}})
	count(mon_002.deny) == 1 with input as repository([deployed, bias])
}

test_cloud_control_provider if {
	deployed := resource("awscc_sagemaker_endpoint", "credit", {"endpoint_name": "credit"}, [])
	in_place := resource("awscc_sagemaker_monitoring_schedule", "s", {
		"endpoint_name": "credit", "monitoring_schedule_config": {"monitoring_type": "DataQuality"},
	}, [])
	mon_002.deny == set() with input as repository([deployed, in_place])
	count(mon_002.deny) == 1 with input as repository([deployed])
}

test_not_applicable if {
	mon_002.not_applicable == {{
		"msg": "the repository declares no SageMaker endpoint", "key": "", "path": [], "evidence": {},
	}} with input as repository([])
	staging := object.union(endpoint, {"attributes": {"tags": {"environment": "staging"}}})
	mon_002.deny == set() with input as repository([staging])
	mon_002.not_applicable == {{
		"msg": "it is tagged as staging",
		"resource": "terraform:infra//aws_sagemaker_endpoint.credit",
		"key": "",
		"path": [],
		"evidence": {},
	}} with input as repository([staging])
}
