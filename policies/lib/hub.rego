# Models of the Hugging Face Hub as configurations name them.
package probity.lib.hub

import rego.v1

import data.probity.lib.settings

# `org/name`: the way the Hub names a model. Paths, addresses and placeholders are none.
repository(text) if {
	is_string(text)
	regex.match(`^[A-Za-z0-9][A-Za-z0-9._-]*/[A-Za-z0-9][A-Za-z0-9._-]*$`, text)
}

# A commit of a model's repository. Branches and tags can move.
commit(text) if {
	is_string(text)
	regex.match(`^[0-9a-f]{40}$`, text)
}

# hf://org/name or hf://org/name:commit
uri(text) := {"model": parts[0], "revision": concat(":", array.slice(parts, 1, count(parts)))} if {
	is_string(text)
	startswith(text, "hf://")
	parts := split(trim_prefix(text, "hf://"), ":")
	parts[0] != ""
	not placeholder(text)
}

placeholder(text) if regex.match(`\$\{|\$\(|\{\{|<[A-Za-z]`, text)

# The words of a command line: a shell's command stands in one string.
words(container) := [{"list": list, "index": i, "text": word} |
	some list in ["command", "args"]
	some i, text in settings.items(container[list])
	is_string(text)
	some word in regex.split(`\s+`, trim_space(text))
	word != ""
]

# The value of an option, in the same word or the next: {"value", "list", "index"}.
option(container, names) := [found |
	all_words := words(container)
	some n, word in all_words
	some name in names
	found := value_of(all_words, n, word, name)
]

value_of(_, _, word, name) := {"value": value, "list": word.list, "index": word.index} if {
	startswith(word.text, concat("", [name, "="]))
	value := trim(substring(word.text, count(name) + 1, -1), "\"'")
}

value_of(all_words, n, word, name) := {"value": value, "list": next.list, "index": next.index} if {
	word.text == name
	next := all_words[n + 1]
	value := trim(next.text, "\"'")
	not startswith(value, "-")
}

# The container's environment variable, as a literal.
variable(container, name) := [{"value": entry.value, "index": i} |
	some i, entry in settings.items(object.get(container, "env", []))
	entry.name == name
	is_string(entry.value)
]
