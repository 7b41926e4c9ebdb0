# What a system is for, in its own words: its record in `.probity/system.yaml` and the cards in its paths.
package probity.lib.purpose

import rego.v1

import data.probity.lib.cards
import data.probity.lib.systems
import data.probity.params

# Sentences that say what it is for, each with the subject that says it. What it is not for is left out.
statements(documents, system) := stated(system) | carded(documents, system)

stated(system) := {{"subject": systems.subject(system), "path": [key], "text": sentence} |
	some key in ["name", "purpose", "description", "intended_use"]
	some sentence in sentences(systems.text(system, key))
}

carded(documents, system) := {{"subject": card.subject, "path": [], "text": sentence} |
	some card in cards.model_cards(documents)
	systems.owns(system, card.path)
	text := cards.section(object.get(card, "text", ""), params.intended_use_heading)
	some sentence in sentences(text)
}

# A sentence ends at a stop or at an empty line.
sentences(text) := {sentence |
	some part in regex.split(`[.!?;](\s|$)|\n\s*\n`, text)
	sentence := trim_space(replace(part, "\n", " "))
	sentence != ""
	not regex.match(params.negations, sentence)
}
