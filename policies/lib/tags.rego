# Tags and labels of a resource, however its system keeps them.
package probity.lib.tags

import rego.v1

import data.probity.lib.shape
import data.probity.lib.terraform

# CloudFormation and Cloud Control keep most tags as a list of pairs, some as a map.
pairs := {"Tags": ["Key", "Value"], "tags": ["key", "value"]}

of(attributes) := terraform.tags(attributes) if {
	not attributes.Tags
	not is_array(attributes.tags)
	not attributes.metadata
} else := object.union_n([terraform.tags(attributes), listed(attributes), mapped(attributes), labels(attributes)])

listed(attributes) := {key: value |
	some name, pair in pairs
	is_array(attributes[name])
	some tag in attributes[name]
	key := tag[pair[0]]
	value := tag[pair[1]]
}

mapped(attributes) := attributes.Tags if {
	is_object(attributes.Tags)
} else := {}

# A label of Kubernetes may carry the domain of who defined it.
labels(attributes) := {key: value |
	some long, value in shape.each(object.get(attributes, ["metadata", "labels"], {}))
	parts := split(long, "/")
	key := parts[count(parts) - 1]
}

# The texts of tags by their keys without case and separators; of several the first.
keyed(tags) := {key: min(values) |
	keys := terraform.tag_keys(object.keys(tags))
	some key in {plain | some plain in keys}
	values := {text |
		some name, text in tags
		keys[name] == key
		is_string(text)
		text != ""
	}
	count(values) > 0
}

# The value under a key.
named(attributes, key) := keyed(of(attributes))[terraform.tag_key(key)]
