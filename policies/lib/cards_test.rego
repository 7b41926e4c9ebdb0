package probity.lib.cards_test

import rego.v1

import data.probity.lib.cards

text := "Intro **Contact:** x\n\n# Credit #\nabout\n\n## Intended use\nLoans.\nMore.\n\nOut of scope\n------------\n[Limits](LIMITS.md)\n"

test_titles if {
	cards.titles(text) == {"Credit", "Intended use", "Out of scope", "Limits", "Contact:"}
}

test_keys_at_any_depth if {
	cards.keys({"model_details": {"intended-use": ["x"], "contact": ""}}) == {"model details", "intended use"}
}

test_says if {
	cards.says({"value": {}, "text": text}, "(?i)limits")
	cards.says({"value": {"limits": "few"}}, "limits")
	not cards.says({"value": {"limits": ""}, "text": "limits"}, "limits")
}

test_section if {
	contains(cards.section(text, "Intended"), "Loans.\nMore.")
	not contains(cards.section(text, "Intended"), "about")
	cards.section(text, "Nothing") == ""
}

test_names_that_are_alike if {
	cards.alike(cards.words("Credit-Scoring model v2"), cards.words("credit scoring"))
	cards.alike(cards.words("credit"), cards.words("credit scoring"))
	not cards.alike(cards.words("credit churn"), cards.words("credit scoring"))
	not cards.alike(cards.words("model"), cards.words("credit scoring"))
}

test_only_model_cards_are_cards if {
	card := {"kind": "model-card", "path": "README.md"}
	cards.model_cards([card, {"kind": "markdown", "path": "docs/a.md"}]) == [card]
}

test_labels_are_the_folder_the_file_and_the_names_in_the_card if {
	value := {"model_name": "Loans", "base_model": ["org/base", 1], "model-index": [{"name": "loans-v2"}]}
	cards.labels({"path": "models/credit/scoring.md", "value": value}) == {"credit", "scoring", "Loans", "org/base", "loans-v2"}
}

test_words_for_a_card_are_no_labels if {
	cards.labels({"path": "models/README.md", "value": {}}) == set()
	cards.labels({"path": "docs/model_card.yaml", "value": {}}) == {"docs"}
}
