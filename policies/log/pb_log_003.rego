# METADATA
# title: Log retention shorter than the legal minimum
# description: >-
#   Logs of a model's use are deleted before six months, or are kept longer than the organisation allows; kept
#   forever is the second, not the first. Looked at are the log groups and buckets that AI services write to, Google
#   log buckets of a root with Vertex AI, Log Analytics workspaces that an AI service's diagnostic setting names, and
#   the spend logs of an LLM gateway. A bucket without any rule is PB-RES-003's.
# scope: package
# related_resources:
#   - ref: https://eur-lex.europa.eu/eli/reg/2024/1689/oj
#     description: Regulation (EU) 2024/1689 (AI Act), Articles 19 and 26
#   - ref: https://eur-lex.europa.eu/eli/reg/2016/679/oj
#     description: Regulation (EU) 2016/679 (GDPR), Article 5
# custom:
#   id: PB-LOG-003
#   version: 1
#   severity: high
#   scope: [module, document]
#   resources: named
#   selects:
#     - terraform
#     - cloudformation
#     - litellm
#   inputs: [tf, cfn, llmgw]
#   controls:
#     - "EU-AIA:19.1"
#     - "EU-AIA:26.6"
#     - "EU-AIA:12.1"
#     - "GDPR:5.1.e"
#     - "ISO42001:A.6.2.8"
#     - "SOC2:P4.2"
#     - "NIST-800-53:AU-11"
#     - "CIS-v8.1:8.10"
#   remediation: >-
#     Set a retention of at least 183 days and of at most what the organisation allows (log_retention_maximum_days).
#   applies_when: >-
#     logs of an AI service, or a gateway with spend logs, stand here
#   params:
#     - log_retention_minimum_days
#     - log_retention_maximum_days
#     - ai_log_group_prefixes
package probity.log_003

import rego.v1

import data.probity.lib.gateway
import data.probity.lib.logs
import data.probity.lib.stores
import data.probity.lib.terraform
import data.probity.lib.reading
import data.probity.params

resources := input.resources if {
	is_array(input.resources)
} else := []

# {"where", "path", "days"}: what keeps logs, where it says for how long, and the days; "forever" is not a number.
retentions contains {"where": group, "path": path, "days": days} if {
	some group in logs.groups(resources)
	path := reading.where(group, reading.whole(group), "retention_in_days")
	days := forever_if_zero(reading.number(reading.value(group, reading.whole(group), "retention_in_days", 0)))
}

retentions contains {"where": expiration.resource, "path": expiration.path, "days": expiration.days} if {
	some use in stores.uses(resources)
	use.holds in {"captured requests", "prompts and answers"}
	some expiration in stores.expirations(resources, use.bucket)
	is_number(expiration.days)
}

# Google keeps logs for 30 days unless told otherwise.
retentions contains {"where": r, "path": terraform.where(r.attributes, [], "retention_days"), "days": days} if {
	some r in resources
	r.type == "google_logging_project_bucket_config"
	count([other | some other in resources; startswith(other.type, "google_vertex_ai_")]) > 0
	days := reading.number(reading.value(r, reading.whole(r), "retention_days", 30))
}

# So does Azure.
retentions contains {"where": r, "path": terraform.where(r.attributes, [], "retention_in_days"), "days": days} if {
	some r in resources
	r.type == "azurerm_log_analytics_workspace"
	diagnosed(r)
	days := reading.number(reading.value(r, reading.whole(r), "retention_in_days", 30))
}

diagnosed(workspace) if {
	some setting in resources
	setting.type == "azurerm_monitor_diagnostic_setting"
	reading.refers(setting, ["log_analytics_workspace_id"], workspace)
	some service in resources
	some prefix in ["azurerm_cognitive_account", "azurerm_ai_", "azurerm_machine_learning_", "azurerm_search_service"]
	startswith(service.type, prefix)
	reading.refers(setting, ["target_resource_id"], service)
}

forever_if_zero(days) := "forever" if {
	days == 0
} else := days

# The spend logs of a gateway.
general := gateway.section(input, "general_settings")

spend_logs if {
	gateway.given(general, "database_url")
	not object.get(general, "disable_spend_logs", false) in {true, "true"}
}

period := object.get(general, "maximum_spend_logs_retention_period", null)

retentions contains {"where": null, "path": period_path, "days": days} if {
	spend_logs
	days := in_days(period)
}

period_path := ["general_settings", "maximum_spend_logs_retention_period"]

retentions contains {"where": null, "path": ["general_settings"], "days": "forever"} if {
	spend_logs
	period in {null, ""}
}

units := {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800, "mo": 2592000}

in_days(text) := floor((to_number(match[1]) * units[match[2]]) / units.d) if {
	match := regex.find_all_string_submatch_n(`^([0-9]+)(s|mo|m|h|d|w)$`, text, 1)[0]
}

title(where) := where.address if where

title(null) := "The gateway"

finding(retention, key, message, evidence) := object.union(
	{"msg": message, "key": key, "path": retention.path, "evidence": evidence},
	subject(retention.where),
)

subject(where) := {"resource": where.subject} if where

subject(null) := {}

minimum := params.log_retention_minimum_days

maximum := params.log_retention_maximum_days

deny contains f if {
	some retention in retentions
	is_number(retention.days)
	retention.days < minimum
	f := finding(
		retention, "minimum",
		sprintf("%s keeps logs for %d days: keep them for at least %d.", [
			title(retention.where),
			retention.days,
			minimum,
		]),
		{"days": retention.days, "minimum": minimum},
	)
}

deny contains f if {
	some retention in retentions
	is_number(retention.days)
	retention.days > maximum
	f := finding(
		retention, "maximum",
		sprintf("%s keeps logs for %d days: delete them after at most %d.", [
			title(retention.where),
			retention.days,
			maximum,
		]),
		{"days": retention.days, "maximum": maximum},
	)
}

deny contains f if {
	some retention in retentions
	retention.days == "forever"
	f := finding(
		retention, "maximum",
		sprintf("%s keeps logs forever: delete them after at most %d days.", [title(retention.where), maximum]),
		{"days": "forever", "maximum": maximum},
	)
}

inconclusive contains {
	"msg": "How long the gateway keeps its spend logs cannot be read from its file.",
	"key": "period",
	"path": period_path,
	"evidence": {"attribute": "general_settings.maximum_spend_logs_retention_period"},
} if {
	spend_logs
	not period in {null, ""}
	not in_days(period)
}

not_applicable contains {"msg": "no logs of an AI service are kept here", "key": "", "path": [], "evidence": {}} if {
	count(retentions) == 0
	not spend_logs
}
