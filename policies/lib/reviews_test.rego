package probity.lib.reviews_test

import rego.v1

import data.probity.lib.reviews

plain := {"id": "0123456789abcdef", "author": {"name": "Mara", "email": "mara@example.com"}, "paths": ["a"], "reviewers": []}

test_reviewed if {
	reviews.reviewed(object.union(plain, {"reviewers": ["lena"]}))
	reviews.reviewed(object.union(plain, {"approved": true}))
	not reviews.reviewed(plain)
	not reviews.reviewed(object.union(plain, {"approved": false, "pull_request": "7"}))
}

test_by_request if {
	reviews.by_request(object.union(plain, {"pull_request": "7"}))
	not reviews.by_request(object.union(plain, {"pull_request": "7", "approved": true}))
	not reviews.by_request(object.union(plain, {"pull_request": null}))
	not reviews.by_request(plain)
}

test_touching if {
	count(reviews.touching("a")) == 1 with input as {"history": {"commits": [plain]}}
	reviews.touching("b") == [] with input as {"history": {"commits": [plain]}}
	reviews.touching("a") == [] with input as {"history": {}}
	reviews.touching("a") == [] with input as {}
}

test_author_and_short_id if {
	reviews.author(plain) == "mara@example.com"
	reviews.author({"author": {"name": "Mara", "email": ""}}) == "Mara"
	reviews.short(plain.id) == "0123456789ab"
}
