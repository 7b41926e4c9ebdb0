# Where something runs, and where it may.
package probity.lib.regions

import rego.v1

import data.probity.params

# One spelling for all: "West Europe" is westeurope, the zone europe-west4-a lies in europe-west4.
plain(region) := regex.replace(lower(replace(region, " ", "")), `^([a-z]+-[a-z]+[0-9]+)-[a-z]$`, "$1")

texts(value) := {text | some text in value; is_string(text)} if {
	is_array(value)
} else := {value} if {
	is_string(value)
	value != ""
} else := set()

expanded(regions) := {pattern |
	some region in texts(regions)
	some pattern in object.get(params.region_groups, plain(region), [plain(region)])
}

# The declared regions of a system, else those of its data classes, else those of the organisation.
# The empty set: nothing is declared.
allowed(system) := expanded(system.regions) if {
	count(texts(object.get(system, "regions", []))) > 0
} else := patterns if {
	declared := [expanded(regions) |
		some class in texts(object.get(system, "data_classes", []))
		regions := params.allowed_regions_by_data_class[class]
	]
	count(declared) > 0
	patterns := intersection({some_ | some some_ in declared})
} else := by_default

by_default := expanded(params.allowed_regions)

matches(pattern, region) if pattern == region

matches(pattern, region) if {
	endswith(pattern, "*")
	startswith(region, trim_suffix(pattern, "*"))
}

within(region, patterns) if {
	own := plain(region)
	some pattern in patterns
	matches(pattern, own)
}

# The systems that something belongs to; without one it belongs to the organisation.
owners(systems) := systems if {
	count(systems) > 0
} else := [{"id": ""}]

# The systems whose declared paths lead to a file. A path ends at a folder.
owning(systems, path) := [system |
	some system in systems
	some prefix in texts(object.get(system, "paths", []))
	folder := trim_suffix(trim_suffix(prefix, "**"), "/")
	some whole in [path, concat("", [path, "/"])]
	startswith(whole, concat("", [folder, "/"]))
]

# Who allows, as a message says it.
by_whom("") := "the organisation"

by_whom(id) := sprintf("system %s", [id]) if id != ""

# The region in an address of a cloud service or in the ARN of an AI resource.
of_text(text) := match[1] if {
	regex.match(`^arn:aws|amazonaws\.com|-aiplatform\.|\.cognitive\.`, text)
	some pattern in [
		`^arn:aws[a-z-]*:(?:bedrock|bedrock-agentcore|sagemaker):([a-z]{2,4}(?:-[a-z]+)+-[0-9]+):`,
		`(?:^|//|\.)(?:bedrock-runtime|bedrock|runtime\.sagemaker|bedrock-agent-runtime)\.([a-z0-9-]+)\.amazonaws\.com`,
		`(?:^|//)([a-z]+-[a-z]+[0-9]+)-aiplatform\.googleapis\.com`,
		`(?:^|//)([a-z0-9]+)\.api\.cognitive\.microsoft\.com`,
	]
	match := regex.find_all_string_submatch_n(pattern, text, 1)[0]
}
