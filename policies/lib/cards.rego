# Model cards: which model a card is about, and what stands in it.
package probity.lib.cards

import rego.v1

import data.probity.lib.shape
import data.probity.params

model_cards(documents) := [document | some document in documents; document.kind == "model-card"]

# The words that tell one name from another.
words(text) := {word |
	some word in regex.split(`[^a-z0-9]+`, lower(text))
	word != ""
	not word in generic
	not regex.match(`^v?[0-9]+$`, word)
}

generic := {word | some word in params.generic_model_words}

# The words of one name are contained in those of the other.
alike(a, b) if {
	count(a) > 0
	count(b) > 0
	some pair in [[a, b], [b, a]]
	count(pair[0] - pair[1]) == 0
}

# What a card says that it is about: its folder or file name, and the names in it.
labels(card) := stated(card.value) | from_path(card.path)

from_path(path) := {text |
	parts := split(path, "/")
	last := count(parts) - 1
	folder := {parts[i] | some i, _ in parts; i == last - 1}
	some text in (folder | {regex.replace(parts[last], `\.[a-z]+$`, "")})
	not regex.match(`(?i)^(readme|model[_-]?card|card|models?)$`, text)
}

stated(value) := {text |
	some name in ["model_name", "model_id", "name", "base_model"]
	some text in as_list(object.get(value, name, []))
	is_string(text)
} | {entry.name | some entry in shape.member(value, "model-index")}

as_list(value) := value if {
	is_array(value)
} else := [value]

# The headings of a text, in Markdown's two spellings and as bold words, and the words of its links: a section may be
# a file of its own.
titles(text) := {trim_space(match[1]) |
	some pattern in [
		`(?m)^ {0,3}#{1,6}[ \t]+([^\n]+?)[ \t#]*$`,
		`(?m)^([^\n]+)\n[=-]{3,}[ \t]*$`,
		`\*\*([^*\n]+)\*\*`,
		`\[([^\]\n]+)\]\(`,
	]
	some match in regex.find_all_string_submatch_n(pattern, text, -1)
}

# Every key of a value with something under it, at any depth, written as words.
keys(value) := {replace(replace(lower(key), "_", " "), "-", " ") |
	walk(value, [path, content])
	count(path) > 0
	key := path[count(path) - 1]
	is_string(key)
	filled(content)
}

filled(content) if not content in {null, "", [], {}}

# Does a heading or a key say it?
says(card, pattern) if {
	some title in (titles(object.get(card, "text", "")) | keys(card.value))
	regex.match(pattern, title)
}

# The sentences under the headings that match, up to the next heading.
section(text, pattern) := concat("\n", [body |
	some part in regex.split(`(?m)^ {0,3}#{1,6}[ \t]+`, text)
	lines := split(part, "\n")
	regex.match(pattern, lines[0])
	body := concat("\n", array.slice(lines, 1, count(lines)))
])
