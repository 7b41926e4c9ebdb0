package probity.mon_005_test

import rego.v1

import data.probity.mon_005

resource(type, attributes, references) := {
	"system": "terraform", "type": type, "name": "x", "address": sprintf("%s.x", [type]),
	"subject": sprintf("terraform:infra//%s.x", [type]),
	"attributes": attributes, "unknown": [], "references": references, "path": "infra/main.tf",
}

repository(resources) := {"resources": resources, "pipelines": [], "documents": [], "systems": []}

endpoint := resource("aws_sagemaker_endpoint", {"name": "credit"}, [])

alarm(change) := resource("aws_cloudwatch_metric_alarm", object.union(
	object.remove(
		{
			"namespace": "AWS/SageMaker", "metric_name": "Invocation5XXErrors", "dimensions": {"EndpointName": "credit"},
			"alarm_actions": ["arn:aws:sns:eu-central-1:1:oncall"],
		},
		object.keys(change),
	),
	change,
), [])

found := {[f.resource, f.key, f.path] | some f in mon_005.deny}

subject := "terraform:infra//aws_sagemaker_endpoint.x"

nobody := {[subject, "alarm", []]}

test_alarm_passes if {
	mon_005.deny == set() with input as repository([endpoint, alarm({})])
	mon_005.not_applicable == set() with input as repository([endpoint, alarm({})])
	referring := resource("aws_cloudwatch_metric_alarm", {"alarm_actions": [null]}, [
		{"path": ["dimensions", "EndpointName"], "target": "aws_sagemaker_endpoint.x"},
	])
	mon_005.deny == set() with input as repository([endpoint, referring])
	acting := resource("aws_cloudwatch_metric_alarm", {"dimensions": {"EndpointName": "credit"}}, [
		{"path": ["alarm_actions", 0], "target": "aws_sns_topic.x"},
	])
	mon_005.deny == set() with input as repository([endpoint, acting])
}

test_no_alarm if {
	mon_005.deny == {{
		"msg": "No alarm watches aws_sagemaker_endpoint.x: add one that reaches a person.",
		"resource": subject,
		"key": "alarm",
		"path": [],
		"evidence": {"alarms": 0},
	}} with input as repository([endpoint])
}

test_alarm_on_something_else if {
	every change in [{"dimensions": {"EndpointName": "other"}}, {"dimensions": {}}, {"dimensions": {}, "alarm_name": "credit"}] {
		found == nobody with input as repository([endpoint, alarm(change)])
	}
	other := resource("aws_cloudwatch_metric_alarm", {}, [{"path": ["alarm_description"], "target": "aws_sagemaker_endpoint.x"}])
	found == nobody with input as repository([endpoint, other])
	hidden := object.union(endpoint, {"unknown": [["name"]]})
	found == nobody with input as repository([hidden, alarm({})])
}

test_alarm_without_action if {
	mon_005.deny == {{
		"msg": "Alarm aws_cloudwatch_metric_alarm.x on aws_sagemaker_endpoint.x takes no action: nobody is told.",
		"resource": "terraform:infra//aws_cloudwatch_metric_alarm.x",
		"key": "aws_sagemaker_endpoint.x",
		"path": ["alarm_actions"],
		"evidence": {"endpoint": "aws_sagemaker_endpoint.x"},
	}} with input as repository([endpoint, alarm({"alarm_actions": []})])
	found == {[
		"terraform:infra//aws_cloudwatch_metric_alarm.x", "aws_sagemaker_endpoint.x", ["alarm_actions"],
	]} with input as repository([endpoint, alarm({"actions_enabled": false})])
}

test_alarm_on_a_monitoring_schedule_passes if {
	schedule := resource("aws_sagemaker_monitoring_schedule", {"name": "hourly", "endpoint_name": "credit"}, [])
	drift := alarm({"namespace": "aws/sagemaker/Endpoints/data-metrics", "dimensions": {"MonitoringSchedule": "hourly"}})
	mon_005.deny == set() with input as repository([endpoint, schedule, drift])
	found == nobody with input as repository([endpoint, drift])
}

# Alerts as code of other makers.
test_other_makers_pass if {
	every alert in [
		resource("datadog_monitor", {"query": "avg(last_5m):sum:aws.sagemaker.invocation_5xx_errors{*} > 1"}, []),
		resource("grafana_rule_group", {"rule": [{"model": "Credit errors"}]}, []),
	] {
		mon_005.deny == set() with input as repository([endpoint, alert])
	}
	every alert in [resource("datadog_monitor", {"query": "system.cpu"}, []), resource("datadog_dashboard", {"title": "sagemaker"}, [])] {
		found == nobody with input as repository([endpoint, alert])
	}
}

policy(change) := resource("google_monitoring_alert_policy", object.union({
	"conditions": [{"condition_threshold": [{"filter": `metric.type="aiplatform.googleapis.com/prediction/online/error_count"`}]}],
	"notification_channels": ["projects/p/notificationChannels/1"],
}, change), [])

test_vertex_endpoint if {
	vertex := resource("google_vertex_ai_endpoint", {"name": "1"}, [])
	mon_005.deny == set() with input as repository([vertex, policy({})])
	found == {["terraform:infra//google_vertex_ai_endpoint.x", "alarm", []]} with input as repository([vertex])
	found == {["terraform:infra//google_vertex_ai_endpoint.x", "alarm", []]} with input as repository([vertex, policy({"conditions": []})])
	every change in [{"notification_channels": []}, {"enabled": false}] {
		{f.resource | some f in mon_005.deny} == {"terraform:infra//google_monitoring_alert_policy.x"} with input as repository([vertex, policy(change)])
	}
	elsewhere := object.union(policy({}), {"subject": "terraform:other//google_monitoring_alert_policy.x"})
	count(mon_005.deny) == 1 with input as repository([vertex, elsewhere])
}

test_azure_account if {
	account := resource("azurerm_cognitive_account", {"kind": "OpenAI"}, [])
	scope := [{"path": ["scopes", 0], "target": "azurerm_cognitive_account.x"}]
	alert := resource("azurerm_monitor_metric_alert", {"action": [{"action_group_id": "g"}]}, scope)
	mon_005.deny == set() with input as repository([account, alert])
	found == {["terraform:infra//azurerm_cognitive_account.x", "alarm", []]} with input as repository([account])
	every attributes in [{}, {"action": [{}]}, {"action": [{"action_group_id": "g"}], "enabled": false}] {
		mute := resource("azurerm_monitor_metric_alert", attributes, scope)
		{f.resource | some f in mon_005.deny} == {"terraform:infra//azurerm_monitor_metric_alert.x"} with input as repository([account, mute])
	}
	services := resource("azurerm_cognitive_account", {"kind": "AIServices"}, [])
	count(mon_005.deny) == 1 with input as repository([services])
	speech := resource("azurerm_cognitive_account", {"kind": "SpeechServices"}, [])
	mon_005.deny == set() with input as repository([speech])
}

logical(type, id, properties, references) := {
	"system": "cloudformation", "type": type, "name": id, "address": id, "unknown": [], "references": references,
	"subject": sprintf("cloudformation:t.yaml//%s", [id]), "attributes": properties, "path": "t.yaml",
}

test_cloudformation if {
	deployed := logical("AWS::SageMaker::Endpoint", "E", {}, [])
	watching := logical("AWS::CloudWatch::Alarm", "L", {"AlarmActions": ["arn"]}, [{"path": ["Dimensions", 0, "Value"], "target": "E"}])
	mon_005.deny == set() with input as repository([deployed, watching])
	found == {["cloudformation:t.yaml//E", "alarm", []]} with input as repository([deployed])
	mute := object.union(watching, {"attributes": {"AlarmActions": ["arn"], "ActionsEnabled": "false"}})
	found == {["cloudformation:t.yaml//L", "E", ["AlarmActions"]]} with input as repository([deployed, mute])
}

test_cloud_control_provider if {
	deployed := resource("awscc_sagemaker_endpoint", {"endpoint_name": "credit"}, [])
	watching := resource("awscc_cloudwatch_alarm", {
		"alarm_actions": ["arn"], "dimensions": [{"name": "EndpointName", "value": "credit"}],
	}, [])
	mon_005.deny == set() with input as repository([deployed, watching])
}

test_not_applicable if {
	mon_005.not_applicable == {{
		"msg": "the repository declares no model endpoint", "key": "", "path": [], "evidence": {},
	}} with input as repository([])
	staging := resource("aws_sagemaker_endpoint", {"tags": {"environment": "staging"}}, [])
	mon_005.deny == set() with input as repository([staging])
	mon_005.not_applicable == {{
		"msg": "it is tagged as staging", "resource": subject, "key": "alarm", "path": [], "evidence": {},
	}} with input as repository([staging])
}
