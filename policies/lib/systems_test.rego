package probity.lib.systems_test

import rego.v1

import data.probity.lib.systems

test_a_prefix_ends_at_a_folder if {
	every prefix in ["models/credit", "models/credit/", "models/credit/**"] {
		systems.under(prefix, "models/credit/README.md")
		not systems.under(prefix, "models/creditor/README.md")
	}
	systems.under("models/credit", "models/credit")
	not systems.under("", "models/credit")
}

test_owns_with_one_path_or_several if {
	systems.owns({"paths": "models/a"}, "models/a/x.py")
	systems.owns({"paths": ["models/b", "models/a"]}, "models/a/x.py")
	not systems.owns({"paths": ["models/b", 1]}, "models/a/x.py")
	not systems.owns({}, "models/a/x.py")
}

test_classes_and_titles if {
	systems.high({"risk_class": " High "})
	not systems.high({"risk_class": "limited"})
	not systems.high({"risk_class": true})
	systems.title({"id": "credit"}) == "credit"
	systems.title({"id": ""}) == "without an id"
	systems.subject({"id": "credit"}) == "system:credit"
}
