# Attributes within nested blocks, by the names on the way to them: a list of blocks and a single object read alike.
package probity.lib.nested

import rego.v1

names(path) := [step | some step in path; is_string(step)]

# Every value at a place, with its full path.
found(attributes, wanted) := {{"path": path, "value": value} |
	walk(attributes, [path, value])
	names(path) == wanted
	not is_array(value)
}

values(attributes, wanted) := {entry.value | some entry in found(attributes, wanted)}

# It is given, or refers to something whose value is known later.
given(resource, wanted) if {
	some value in values(resource.attributes, wanted)
	not value in {null, "", {}}
}

given(resource, wanted) if {
	some reference in resource.references
	names(reference.path) == wanted
}

# The path of the attribute, else of the innermost block on the way to it that is there.
where(attributes, wanted) := paths[count(paths) - 1] if {
	paths := sort_by_length({entry.path |
		some length in numbers.range(0, count(wanted))
		some entry in found(attributes, array.slice(wanted, 0, length))
		entry.value != null
	})
}

sort_by_length(paths) := [entry[1] | some entry in sort({[count(path), path] | some path in paths})]

# What a document holds where a list, or a map, should be: anything else is as good as nothing.
items(value) := value if {
	is_array(value)
} else := []

entries(value) := value if {
	is_object(value)
} else := {}
