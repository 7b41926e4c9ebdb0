# The log groups of a root that hold what AI services write.
package probity.lib.logs

import rego.v1

import data.probity.lib.stores
import data.probity.lib.reading
import data.probity.params

# Where each kind of log group keeps its name.
group_names := {
	"aws_cloudwatch_log_group": "name",
	"awscc_logs_log_group": "log_group_name",
	"AWS::Logs::LogGroup": "LogGroupName",
}

groups(resources) := [group |
	some group in resources
	group_names[group.type]
	holds_ai_logs(resources, group)
]

# Its name says so, or an AI resource writes to it.
holds_ai_logs(_, group) if {
	some name in [group_names[group.type], "name_prefix"]
	not reading.unknown(group, [name])
	some prefix in params.ai_log_group_prefixes
	startswith(group.attributes[name], prefix)
}

holds_ai_logs(resources, group) if {
	some resource in resources
	stores.ai(resource)
	some reference in resource.references
	reading.refers(resource, reference.path, group)
}

holds_ai_logs(resources, group) if {
	own := group_names[group.type]
	not reading.unknown(group, [own])
	some resource in resources
	resource.type == "aws_bedrock_model_invocation_logging_configuration"
	some place in reading.places(resource, ["logging_config", "cloudwatch_config"])
	not reading.unknown(resource, array.concat(place.path, ["log_group_name"]))
	place.body.log_group_name == group.attributes[own]
}
