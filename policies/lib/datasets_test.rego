package probity.lib.datasets_test

import rego.v1

import data.probity.lib.datasets as d

test_names if {
	d.name("data/raw/customers.csv.dvc") == "customers"
	d.name("s3://b/loans/") == "loans"
	d.name("azureml:loans:3") == "azureml:loans"
	d.name("hf://datasets/org/imdb@0123abc") == "imdb"
	d.public("data/Fashion_MNIST.csv")
	not d.public("data/customers.csv")
}

test_places if {
	d.within("a/b", "a")
	d.within("a/b", "a/b/")
	not d.within("ab", "a")
	d.folder("a/b/c.md") == "a/b"
	d.folder("c.md") == ""
	inventory := {"datasets": [{"path": "data", "sensitivity": "pii"}, {"path": 3}, {"path": "other"}]}
	d.declared(inventory, "data/raw") == [{"path": "data", "sensitivity": "pii"}]
	d.declared({}, "data/raw") == []
}

# Trap 23: "age" is not in "storage".
test_words if {
	d.words("applicantEmail") == "_applicant_email_"
	d.words("Applicant E-Mail") == "_applicant_e_mail_"
	d.holds("customer_full_name", "full_name")
	d.holds("Age", "age")
	not d.holds("storage", "age")
	not d.holds("ageing", "age")
}
