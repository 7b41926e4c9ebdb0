package probity.log_003_test

import rego.v1

import data.probity.log_003

resource(type, attributes, references) := {
	"system": "terraform", "type": type, "name": "x", "address": sprintf("%s.x", [type]),
	"subject": sprintf("terraform:infra//%s.x", [type]),
	"attributes": attributes, "unknown": [], "references": references, "path": "infra/main.tf",
}

root(resources) := {"system": "terraform", "root": "infra", "resources": resources}

group(attributes) := resource("aws_cloudwatch_log_group", object.union({"name": "/aws/sagemaker/Endpoints/credit"}, attributes), [])

found := {[f.resource, f.key, f.path, f.evidence.days] | some f in log_003.deny}

none := {{"msg": "no logs of an AI service are kept here", "key": "", "path": [], "evidence": {}}}

test_retention_within_the_window_passes if {
	every days in [183, 400, 730, "365"] {
		log_003.deny == set() with input as root([group({"retention_in_days": days})])
	}
	log_003.not_applicable == set() with input as root([group({"retention_in_days": 400})])
}

test_too_short if {
	log_003.deny == {{
		"msg": "aws_cloudwatch_log_group.x keeps logs for 30 days: keep them for at least 183.",
		"resource": "terraform:infra//aws_cloudwatch_log_group.x",
		"key": "minimum",
		"path": ["retention_in_days"],
		"evidence": {"days": 30, "minimum": 183},
	}} with input as root([group({"retention_in_days": 30})])
	count(log_003.deny) == 1 with input as root([group({"retention_in_days": 182})])
}

test_too_long if {
	log_003.deny == {{
		"msg": "aws_cloudwatch_log_group.x keeps logs for 731 days: delete them after at most 730.",
		"resource": "terraform:infra//aws_cloudwatch_log_group.x",
		"key": "maximum",
		"path": ["retention_in_days"],
		"evidence": {"days": 731, "maximum": 730},
	}} with input as root([group({"retention_in_days": 731})])
}

# Trap 19: never is long enough for the AI Act, and too long for the GDPR.
test_forever if {
	log_003.deny == {{
		"msg": "aws_cloudwatch_log_group.x keeps logs forever: delete them after at most 730 days.",
		"resource": "terraform:infra//aws_cloudwatch_log_group.x",
		"key": "maximum",
		"path": [],
		"evidence": {"days": "forever", "maximum": 730},
	}} with input as root([group({})])
	{f.path | some f in log_003.deny} == {["retention_in_days"]} with input as root([group({"retention_in_days": 0})])
}

test_other_log_groups_are_left_alone if {
	other := group({"name": "/aws/lambda/x", "retention_in_days": 1})
	log_003.deny == set() with input as root([other])
	log_003.not_applicable == none with input as root([other])
	prefixed := group({"name": "", "name_prefix": "/aws/bedrock/", "retention_in_days": 1})
	count(log_003.deny) == 1 with input as root([prefixed])
}

logging(configuration, references) := resource(
	"aws_bedrock_model_invocation_logging_configuration",
	{"logging_config": [configuration]}, references,
)

test_group_of_the_invocation_logging if {
	plain := group({"name": "prompts", "retention_in_days": 30})
	by_name := logging({"cloudwatch_config": [{"log_group_name": "prompts"}]}, [])
	count(log_003.deny) == 1 with input as root([plain, by_name])
	by_reference := logging({"cloudwatch_config": [{}]}, [{
		"path": ["logging_config", 0, "cloudwatch_config", 0, "log_group_name"], "target": "aws_cloudwatch_log_group.x",
	}])
	count(log_003.deny) == 1 with input as root([plain, by_reference])
	elsewhere := logging({"cloudwatch_config": [{"log_group_name": "others"}]}, [])
	log_003.deny == set() with input as root([plain, elsewhere])
}

bucket := resource("aws_s3_bucket", {"bucket": "prompts"}, [])

lifecycle(days) := resource("aws_s3_bucket_lifecycle_configuration", {
	"bucket": "prompts", "rule": [{"status": "Enabled", "expiration": [{"days": days}]}],
}, [])

test_bucket_of_the_invocation_logging if {
	writer := logging({"s3_config": [{"bucket_name": "prompts"}]}, [])
	found == {[
		"terraform:infra//aws_s3_bucket_lifecycle_configuration.x",
		"minimum",
		["rule", 0, "expiration", 0, "days"],
		30,
	]} with input as root([bucket, lifecycle(30), writer])
	log_003.deny == set() with input as root([bucket, lifecycle(400), writer])
	log_003.deny == set() with input as root([bucket, lifecycle(30)])
	capture := resource("aws_sagemaker_endpoint_configuration", {"data_capture_config": [{"destination_s3_uri": "s3://prompts/x"}]}, [])
	count(log_003.deny) == 1 with input as root([bucket, lifecycle(30), capture])
	model := resource("aws_sagemaker_model", {"primary_container": [{"model_data_url": "s3://prompts/x"}]}, [])
	log_003.deny == set() with input as root([bucket, lifecycle(30), model])
	dated := object.union(lifecycle(30), {"attributes": {"rule": [{"status": "Enabled", "expiration": [{"date": "2030-01-01"}]}]}})
	log_003.deny == set() with input as root([bucket, dated, writer])
}

test_google_log_bucket if {
	vertex := resource("google_vertex_ai_endpoint", {}, [])
	short := resource("google_logging_project_bucket_config", {"retention_days": 90}, [])
	default_ := resource("google_logging_project_bucket_config", {}, [])
	subject := "terraform:infra//google_logging_project_bucket_config.x"
	found == {[subject, "minimum", ["retention_days"], 90]} with input as root([vertex, short])
	found == {[subject, "minimum", [], 30]} with input as root([vertex, default_])
	log_003.deny == set() with input as root([short])
}

test_azure_workspace if {
	workspace := resource("azurerm_log_analytics_workspace", {"retention_in_days": 90}, [])
	setting := resource("azurerm_monitor_diagnostic_setting", {}, [
		{"path": ["log_analytics_workspace_id"], "target": "azurerm_log_analytics_workspace.x"},
		{"path": ["target_resource_id"], "target": "azurerm_cognitive_account.x"},
	])
	account := resource("azurerm_cognitive_account", {}, [])
	found == {[
		"terraform:infra//azurerm_log_analytics_workspace.x", "minimum", ["retention_in_days"], 90,
	]} with input as root([workspace, setting, account])
	log_003.deny == set() with input as root([workspace, account])
	log_003.deny == set() with input as root([workspace, setting, resource("azurerm_key_vault", {}, [])])
	vault := resource("azurerm_key_vault", {}, [])
	of_vault := resource("azurerm_monitor_diagnostic_setting", {}, [
		{"path": ["log_analytics_workspace_id"], "target": "azurerm_log_analytics_workspace.x"},
		{"path": ["target_resource_id"], "target": "azurerm_key_vault.x"},
	])
	log_003.deny == set() with input as root([workspace, of_vault, vault, account])
	bare := resource("azurerm_log_analytics_workspace", {}, [])
	{[f.path, f.evidence.days] | some f in log_003.deny} == {[[], 30]} with input as root([bare, setting, account])
}

test_cloudformation if {
	template := {"system": "cloudformation", "root": "t.yaml", "resources": [{
		"system": "cloudformation", "type": "AWS::Logs::LogGroup", "name": "G", "address": "G", "references": [], "unknown": [],
		"subject": "cloudformation:t.yaml//G", "attributes": {"LogGroupName": "/aws/bedrock/x", "RetentionInDays": 7},
	}]}
	found == {["cloudformation:t.yaml//G", "minimum", ["RetentionInDays"], 7]} with input as template
}

gateway(general) := {"general_settings": object.union({"database_url": "os.environ/DB"}, general)}

retained(period) := gateway({"maximum_spend_logs_retention_period": period})

test_gateway if {
	log_003.deny == {{
		"msg": "The gateway keeps logs for 30 days: keep them for at least 183.",
		"key": "minimum",
		"path": ["general_settings", "maximum_spend_logs_retention_period"],
		"evidence": {"days": 30, "minimum": 183},
	}} with input as retained("30d")
	log_003.deny == {{
		"msg": "The gateway keeps logs forever: delete them after at most 730 days.",
		"key": "maximum",
		"path": ["general_settings"],
		"evidence": {"days": "forever", "maximum": 730},
	}} with input as gateway({})
	every period in ["365d", "12mo", "52w", "8760h", "525600m", "31536000s"] {
		log_003.deny == set() with input as retained(period)
	}
	every period, days in {"1mo": 30, "1w": 7, "36h": 1, "3600s": 0, "1440m": 1} {
		{f.evidence.days | some f in log_003.deny} == {days} with input as retained(period)
	}
}

test_gateway_with_a_period_from_elsewhere_is_inconclusive if {
	case := retained("os.environ/PERIOD")
	log_003.deny == set() with input as case
	log_003.not_applicable == set() with input as case
	log_003.inconclusive == {{
		"msg": "How long the gateway keeps its spend logs cannot be read from its file.",
		"key": "period",
		"path": ["general_settings", "maximum_spend_logs_retention_period"],
		"evidence": {"attribute": "general_settings.maximum_spend_logs_retention_period"},
	}} with input as case
	log_003.inconclusive == set() with input as retained("365d")
	log_003.inconclusive == set() with input as retained("")
}

test_gateway_without_spend_logs_is_not_applicable if {
	every case in [{"model_list": []}, gateway({"disable_spend_logs": true}), {"general_settings": {"database_url": ""}}] {
		log_003.deny == set() with input as case
		log_003.not_applicable == none with input as case
	}
}

# A variable may hand down null, which is the default of the provider.
test_null_is_the_default if {
	{f.evidence.days | some f in log_003.deny} == {"forever"} with input as root([group({"retention_in_days": null})])
	vertex := resource("google_vertex_ai_endpoint", {}, [])
	log_bucket := resource("google_logging_project_bucket_config", {"retention_days": null}, [])
	{f.evidence.days | some f in log_003.deny} == {30} with input as root([vertex, log_bucket])
	log_003.not_applicable == none with input as {"general_settings": {"database_url": null}}
}
