# How the policies read a Terraform resource.
package probity.lib.terraform

import rego.v1

import data.probity.params

# The bodies of a nested block. hashicorp providers give a list of objects, awscc an object.
blocks(attributes, name) := [body | some body in attributes[name]; is_object(body)] if {
	is_array(attributes[name])
} else := [attributes[name]] if {
	is_object(attributes[name])
} else := []

# The path of the body of a block, as far as it exists.
block_path(attributes, name, index) := [name, index] if {
	is_array(attributes[name])
} else := [name]

# A block or map whose content cannot be read is no evidence that anything is missing from it.
unreadable(attributes, name) if {
	value := attributes[name]
	not is_array(value)
	not is_object(value)
	value != null
}

# False is a value: whether an attribute is set and what it says are two questions.
is_set(attributes, name) if {
	value := attributes[name]
	not value in {null, "", [], {}}
}

# The path of an attribute where it stands, else that of the container it is missing from.
where(attributes, container, name) := array.concat(container, [name]) if {
	object.get(attributes, array.concat(container, [name]), null) != null
} else := container

# Tags as the provider sees them: tags_all holds the provider's default tags, Google calls them labels.
tags(attributes) := object.union_n([map |
	some name in ["labels", "effective_labels", "terraform_labels", "tags", "tags_all"]
	map := attributes[name]
	is_object(map)
])

# Tag keys are compared without case and separators: Google forbids upper case, other owners like DataClassification.
tag_key(key) := replace(replace(lower(key), "-", ""), "_", "")

# The same of many at once, by how they are written.
tag_keys(keys) := {key: replace(replace(lower(key), "-", ""), "_", "") | some key in keys}

# A resource that says that it is not in production.
nonproduction(attributes) := min(values) if {
	values := {lower(value) |
		some key, value in tags(attributes)
		tag_key(key) in {"environment", "env", "stage"}
		lower(value) in params.nonproduction_environments
	}
	count(values) > 0
}

# The attribute refers to a resource whose type starts so, whatever its value turns out to be.
references_type(references, attribute, prefix) if {
	some reference in references
	attribute in reference.path
	startswith(local_address(reference.target), prefix)
}

# An address without the modules that lead to it: `module.a["x"].aws_kms_key.k` is `aws_kms_key.k` there.
local_address(address) := regex.replace(address, `^(module\.[A-Za-z0-9_-]+(\["([^"\\]|\\.)*"\]|\[[0-9]+\])?\.)+`, "")
