package probity.log_004_test

import rego.v1

import data.probity.log_004

resource(type, attributes, references) := {
	"system": "terraform", "type": type, "name": "x", "address": sprintf("%s.x", [type]),
	"subject": sprintf("terraform:infra//%s.x", [type]),
	"attributes": attributes, "unknown": [], "references": references, "path": "infra/main.tf",
}

repository(resources) := {"resources": resources, "pipelines": [], "documents": [], "systems": []}

agent := resource("aws_bedrockagent_agent", {}, [])

selecting(field) := {"advanced_event_selector": [{"field_selector": [
	{"field": "eventCategory", "equals": ["Data"]},
	field,
]}]}

bedrock := selecting({"field": "resources.type", "equals": ["AWS::Bedrock::AgentAlias"]})

trail(change) := resource("aws_cloudtrail", object.union(
	{"is_multi_region_trail": true, "enable_log_file_validation": true},
	change,
), [])

found := {[f.resource, f.key, f.path] | some f in log_004.deny}

subject := "terraform:infra//aws_cloudtrail.x"

test_trail_with_data_events_passes if {
	every change in [
		bedrock,
		selecting({"field": "resources.type", "equals": ["AWS::S3::Object"]}),
		selecting({"field": "resources.type", "starts_with": ["AWS::SageMaker::Endpoint"]}),
		{"event_selector": [{"data_resource": [{"type": "AWS::S3::Object", "values": ["arn:aws:s3"]}]}]},
	] {
		case := repository([agent, trail(change)])
		log_004.deny == set() with input as case
		log_004.inconclusive == set() with input as case
		log_004.not_applicable == set() with input as case
	}
}

test_trail_without_data_events if {
	log_004.deny == {{
		"msg": "Trail aws_cloudtrail.x, beside AI resources, records no data events of AI.",
		"resource": subject,
		"key": "advanced_event_selector",
		"path": [],
		"evidence": {"attribute": "advanced_event_selector"},
	}} with input as repository([agent, trail({})])
	every field in [
		{"field": "resources.type", "equals": ["AWS::Lambda::Function"]},
		{"field": "resources.type", "not_equals": ["AWS::S3::Object"]},
		{"field": "eventSource", "equals": ["AWS::S3::Object"]},
	] {
		found == {[subject, "advanced_event_selector", ["advanced_event_selector"]]} with input as repository([agent, trail(selecting(field))])
	}
}

test_weak_trail if {
	every attribute, says in {
		"is_multi_region_trail": "covers one region only",
		"enable_log_file_validation": "does not protect its files against change",
	} {
		case := repository([agent, trail(object.union(bedrock, {attribute: false}))])
		{[f.msg, f.path] | some f in log_004.deny} == {[
			sprintf("Trail aws_cloudtrail.x, beside AI resources, %s.", [says]), [attribute],
		]} with input as case
		absent := object.union(trail({}), {"attributes": object.remove(trail(bedrock).attributes, [attribute])})
		bare := {"attributes": object.remove(trail(bedrock).attributes, [attribute])}
		stripped := repository([agent, object.union(object.remove(trail({}), ["attributes"]), bare)])
		found == {[subject, attribute, []]} with input as stripped
	}
}

test_one_good_trail_is_enough if {
	second := object.union(trail({}), {"subject": "terraform:infra//aws_cloudtrail.second"})
	log_004.deny == set() with input as repository([agent, trail(bedrock), second])
}

# Trap 29: the organisation's trail stands elsewhere.
test_no_trail_is_inconclusive if {
	case := repository([agent, resource("aws_sagemaker_model", {}, [])])
	log_004.deny == set() with input as case
	log_004.inconclusive == {{
		"msg": "No trail is declared here: whether another one records the use of aws_bedrockagent_agent.x cannot be seen.",
		"resource": "terraform:infra//aws_bedrockagent_agent.x",
		"key": "trail",
		"path": [],
		"evidence": {"resources": 2},
	}} with input as case
}

test_unreadable_selectors_are_inconclusive if {
	case := repository([agent, trail({"advanced_event_selector": "probity-unknown"})])
	log_004.deny == set() with input as case
	{[f.msg, f.key] | some f in log_004.inconclusive} == {[
		"What trail aws_cloudtrail.x records cannot be read from the repository.", "advanced_event_selector",
	]} with input as case
	log_004.inconclusive == set() with input as repository([trail({"event_selector": true})])
}

test_other_repositories_are_not_applicable if {
	case := repository([trail({}), resource("azurerm_key_vault", {}, [])])
	log_004.deny == set() with input as case
	log_004.not_applicable == {{
		"msg": "the repository declares no AI resource", "key": "", "path": [], "evidence": {},
	}} with input as case
}

logical(type, properties) := {
	"system": "cloudformation", "type": type, "name": "R", "address": "R", "unknown": [], "references": [],
	"subject": sprintf("cloudformation:t.yaml//%s", [type]), "attributes": properties, "path": "t.yaml",
}

test_cloudformation if {
	model := logical("AWS::SageMaker::Model", {})
	full := {"IsMultiRegionTrail": true, "EnableLogFileValidation": true, "AdvancedEventSelectors": [{"FieldSelectors": [{
		"Field": "resources.type", "Equals": ["AWS::S3::Object"],
	}]}]}
	log_004.deny == set() with input as repository([model, logical("AWS::CloudTrail::Trail", full)])
	weak := object.union(full, {"IsMultiRegionTrail": false})
	found == {[
		"cloudformation:t.yaml//AWS::CloudTrail::Trail", "is_multi_region_trail", ["IsMultiRegionTrail"],
	]} with input as repository([model, logical("AWS::CloudTrail::Trail", weak)])
	older := {"IsMultiRegionTrail": true, "EnableLogFileValidation": true, "EventSelectors": [{"DataResources": [{"Type": "AWS::S3::Object"}]}]}
	log_004.deny == set() with input as repository([model, logical("AWS::CloudTrail::Trail", older)])
}

test_cloud_control_provider if {
	full := {"is_multi_region_trail": true, "enable_log_file_validation": true, "advanced_event_selectors": [{"field_selectors": [{
		"field": "resources.type", "equals": ["AWS::S3::Object"],
	}]}]}
	log_004.deny == set() with input as repository([agent, resource("awscc_cloudtrail_trail", full, [])])
}

vertex := resource("google_vertex_ai_endpoint", {}, [])

audit(service, types) := resource("google_project_iam_audit_config", {
	"service": service, "audit_log_config": [{"log_type": type} | some type in types],
}, [])

test_google_audit if {
	every service in ["aiplatform.googleapis.com", "allServices"] {
		log_004.deny == set() with input as repository([vertex, audit(service, ["DATA_READ", "DATA_WRITE", "ADMIN_READ"])])
	}
	log_004.deny == {{
		"msg": "Audit configuration google_project_iam_audit_config.x leaves out DATA_WRITE of Vertex AI.",
		"resource": "terraform:infra//google_project_iam_audit_config.x",
		"key": "audit_log_config",
		"path": ["audit_log_config"],
		"evidence": {"missing": ["DATA_WRITE"]},
	}} with input as repository([vertex, audit("allServices", ["DATA_READ"])])
	log_004.deny == set() with input as repository([audit("allServices", ["DATA_READ"])])
	other := repository([vertex, audit("storage.googleapis.com", ["DATA_READ", "DATA_WRITE"])])
	log_004.deny == set() with input as other
	{f.msg | some f in log_004.inconclusive} == {concat("", [
		"No audit configuration of Vertex AI is declared here: ",
		"whether another one records the use of google_vertex_ai_endpoint.x cannot be seen.",
	])} with input as other
}

test_azure_service if {
	every type in ["azurerm_ai_foundry", "azurerm_ai_services", "azurerm_cognitive_account", "azurerm_machine_learning_workspace"] {
		service := resource(type, {}, [])
		setting := resource("azurerm_monitor_diagnostic_setting", {}, [{
			"path": ["target_resource_id"], "target": sprintf("%s.x", [type]),
		}])
		log_004.deny == set() with input as repository([service, setting])
		log_004.deny == {{
			"msg": sprintf("No diagnostic setting records the use of %s.x.", [type]),
			"resource": sprintf("terraform:infra//%s.x", [type]),
			"key": "diagnostic_setting",
			"path": [],
			"evidence": {"diagnostic_settings": 0},
		}} with input as repository([service])
	}
}

test_azure_setting_with_unknown_target_is_inconclusive if {
	service := resource("azurerm_cognitive_account", {}, [])
	setting := object.union(resource("azurerm_monitor_diagnostic_setting", {}, []), {"unknown": [["target_resource_id"]]})
	case := repository([service, setting])
	log_004.deny == set() with input as case
	log_004.inconclusive == {{
		"msg": "Whether a diagnostic setting records the use of azurerm_cognitive_account.x cannot be told before apply.",
		"resource": "terraform:infra//azurerm_cognitive_account.x",
		"key": "diagnostic_setting",
		"path": [],
		"evidence": {"attribute": "target_resource_id"},
	}} with input as case
	elsewhere := object.union(setting, {"subject": "terraform:other//azurerm_monitor_diagnostic_setting.x"})
	count(log_004.deny) == 1 with input as repository([service, elsewhere])
	aimed := object.union(setting, {"references": [{"path": ["target_resource_id"], "target": "azurerm_key_vault.x"}]})
	count(log_004.deny) == 1 with input as repository([service, aimed])
}
