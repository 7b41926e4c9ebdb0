# Which model a name means, and to which declared system a file belongs.
package probity.lib.models

import rego.v1

import data.probity.params

# The words of a name that tell one model from another.
words(text) := {word |
	some word in regex.split(`[^a-z0-9]+`, lower(text))
	word != ""
	not word in generic
	not regex.match(`^v?[0-9]+$`, word)
}

generic := {word | some word in params.generic_model_words}

# The words of one name are contained in those of the other.
alike(a, b) if {
	count(words(a)) > 0
	count(words(a) - words(b)) == 0
}

alike(a, b) if {
	count(words(b)) > 0
	count(words(b) - words(a)) == 0
}

# The declared systems that a file belongs to.
owners(systems, path) := {index |
	some index, system in systems
	some prefix in listed(object.get(system, "paths", []))
	is_string(prefix)
	within(path, trim_suffix(trim_suffix(prefix, "**"), "/"))
}

within(path, base) if path == base

within(path, base) if startswith(path, sprintf("%s/", [base]))

within(_, "") := true

listed(value) := value if {
	is_array(value)
} else := [value]

# Systems that hold the subject of a resource.
holders(systems, subject) := {index |
	some index, system in systems
	subject in object.get(system, "resources", [])
}

# Every system that it belongs to declares that it affects no persons; belonging to none exempts from nothing.
exempt(systems, indices) if {
	count(indices) > 0
	every index in indices { systems[index].affects_persons == false }
}
