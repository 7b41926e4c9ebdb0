# Declared AI systems and what belongs to them.
package probity.lib.systems

import rego.v1

# A path is a prefix or lies under it; a prefix ends at a folder.
under(prefix, path) if path == bare(prefix)

under(prefix, path) if startswith(path, sprintf("%s/", [bare(prefix)]))

bare(prefix) := trim_suffix(trim_suffix(prefix, "**"), "/")

owns(system, path) if {
	some prefix in listed(system, "paths")
	under(prefix, path)
}

# A text or a list of texts.
listed(record, key) := [record[key]] if {
	is_string(record[key])
} else := [item | some item in record[key]; is_string(item)] if {
	is_array(record[key])
} else := []

# What a person calls it.
title(system) := system.id if {
	is_string(system.id)
	system.id != ""
} else := "without an id"

subject(system) := sprintf("system:%s", [object.get(system, "id", "")])

# The text under a key, trimmed; empty where there is none.
text(record, key) := trim_space(record[key]) if {
	is_string(record[key])
} else := ""

# A declared class; `High` is the same as `high`.
risk_class(system) := lower(text(system, "risk_class"))

high(system) if risk_class(system) == "high"
