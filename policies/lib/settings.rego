# One way to ask for a setting of a resource, whatever its system calls it: Terraform's blocks are lists of objects,
# those of awscc and of CloudFormation are objects.
package probity.lib.settings

import rego.v1

import data.probity.lib.terraform
import data.probity.params

# Where the setting at the end of `names` stands: once for each body of the blocks that lead to it. Where a block is
# missing, the value is null and the path that of the innermost body that exists. A block that cannot be read gives
# no place: it is no evidence that anything is missing from it.
places(attributes, names) := {{"path": path, "value": value}} if {
	count(names) == 1
	value := object.get(attributes, names[0], null)
	path := terraform.where(attributes, [], names[0])
} else := {{"path": array.concat(slot.path, below), "value": value} |
	name := names[count(names) - 1]
	some slot in slots(attributes, array.slice(names, 0, count(names) - 1))
	value := object.get(slot.body, name, null)
	below := terraform.where(slot.body, [], name)
}

# The bodies at the end of a path of blocks, at most four deep; `whole` says whether all the blocks exist.
slots(attributes, names) := {root(attributes)} if {
	count(names) == 0
} else := inner(root(attributes), names[0]) if {
	count(names) == 1
} else := step(inner(root(attributes), names[0]), names[1]) if {
	count(names) == 2
} else := step(step(inner(root(attributes), names[0]), names[1]), names[2]) if {
	count(names) == 3
} else := step(step(step(inner(root(attributes), names[0]), names[1]), names[2]), names[3]) if {
	count(names) == 4
}

# Only the bodies that exist.
bodies(attributes, names) := {slot | some slot in slots(attributes, names); slot.whole}

root(attributes) := {"path": [], "body": attributes, "whole": true}

step(outer, name) := {next | some slot in outer; some next in inner(slot, name)}

inner(slot, name) := {next} if {
	is_object(slot.body[name])
	next := {"path": array.concat(slot.path, [name]), "body": slot.body[name], "whole": slot.whole}
} else := found if {
	is_array(slot.body[name])
	bodies := [body | some body in slot.body[name]; is_object(body)]
	count(bodies) > 0
	found := {next |
		some i, body in bodies
		next := {"path": array.concat(slot.path, [name, i]), "body": body, "whole": slot.whole}
	}
} else := set() if {
	terraform.unreadable(slot.body, name)
} else := {{"path": slot.path, "body": {}, "whole": false}}

# What can be gone through. A value that is neither a list nor an object has no members; the engine would stop.
items(value) := value if {
	is_array(value)
} else := value if {
	is_object(value)
} else := []

# Set to something. False is a value.
given(value) if not value in {null, "", [], {}}

on(value) if value in {true, "true", "True"}

# A key that AWS manages for everyone is no key of the customer.
aws_managed_key(value) if {
	is_string(value)
	regex.match(`(^|[:/])alias/aws/`, value)
}

# How a message names a resource.
title(resource) := sprintf("%s %s", [resource.type, resource.name]) if {
	resource.system == "kubernetes"
} else := sprintf("%s (%s)", [resource.address, resource.type]) if {
	resource.system == "cloudformation"
} else := resource.address

# Tags in each of their forms: maps in Terraform, lists of keys and values in CloudFormation and awscc.
tags(attributes) := object.union(terraform.tags(attributes), listed) if {
	listed := {key: value |
		some name in ["Tags", "tags"]
		some tag in items(attributes[name])
		is_object(tag)
		key := object.get(tag, "Key", object.get(tag, "key", null))
		is_string(key)
		value := object.get(tag, "Value", object.get(tag, "value", ""))
	}
}

# The environment that its tags name, where that is not production.
nonproduction(attributes) := min(values) if {
	values := {lower(value) |
		some key, value in tags(attributes)
		terraform.tag_key(key) in {"environment", "env", "stage"}
		is_string(value)
		lower(value) in params.nonproduction_environments
	}
	count(values) > 0
}
