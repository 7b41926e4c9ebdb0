package probity.lib.purpose_test

import rego.v1

import data.probity.lib.purpose

system := {"id": "credit", "name": "Credit scoring", "purpose": "Scores loans. Not for\nprivate persons.", "paths": ["models/a"]}

test_record if {
	purpose.statements([], system) == {
		{"subject": "system:credit", "path": ["name"], "text": "Credit scoring"},
		{"subject": "system:credit", "path": ["purpose"], "text": "Scores loans"},
	}
}

test_card if {
	card := {
		"kind": "model-card", "path": "models/a/README.md", "subject": "document:a", "value": {},
		"text": "# A\nAbout hiring.\n## Intended use\nRanks CVs\nof engineers.\n\nNever decides.\n## Limits\nGrading.\n",
	}
	found := {s.text | some s in purpose.statements([card], system); s.subject == "document:a"}
	found == {"Ranks CVs of engineers"}
	other := object.union(card, {"path": "models/b/README.md"})
	count(purpose.statements([other], system)) == 2
}
