# Names and places of datasets.
package probity.lib.datasets

import rego.v1

import data.probity.lib.nested
import data.probity.params

extensions := `(@[^@/]*|:[0-9]+)?(\.(dvc|csv|tsv|jsonl|json|parquet|pkl|pickle|txt|gz|zip))*$`

# The last part of a path or URI, without version and file extensions.
name(path) := regex.replace(last, extensions, "") if {
	parts := split(trim_suffix(path, "/"), "/")
	last := parts[count(parts) - 1]
}

public(path) if replace(lower(name(path)), "_", "-") in params.public_datasets

# `path` is `base` or lies below it.
within(path, base) if trim_suffix(path, "/") == trim_suffix(base, "/")

within(path, base) if startswith(path, sprintf("%s/", [trim_suffix(base, "/")]))

# The folder of a file; the root is the empty text.
folder(path) := concat("/", array.slice(parts, 0, count(parts) - 1)) if parts := split(path, "/")

# The entries of `.probity/data-inventory.yaml` that hold for a dataset.
declared(inventory, path) := [entry |
	some entry in nested.items(object.get(inventory, "datasets", []))
	is_string(entry.path)
	within(path, entry.path)
]

# The words of a name: `applicantEmail`, `applicant_email` and `Applicant E-Mail` are alike.
words(text) := concat("", ["_", trim(regex.replace(lower(apart), `[^a-z0-9]+`, "_"), "_"), "_"]) if {
	apart := regex.replace(text, `([a-z0-9])([A-Z])`, "${1}_${2}")
}

# The words occur in the text, as whole words and in this order.
holds(text, wanted) if contains(words(text), words(wanted))
