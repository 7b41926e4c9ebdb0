package probity.lib.owners_test

import rego.v1

import data.probity.lib.owners

rule(pattern, names) := {"pattern": pattern, "owners": names, "section": null}

matches(pattern, path) if owners.of(owners.read([rule(pattern, ["@a"])]), path) == {"@a"}

test_patterns if {
	every case in [
		["*", "a/b.py"], ["*.py", "a/b.py"], ["/models/", "models/a/b"], ["models/", "x/models/a"], ["models", "x/models/a"],
		["/docs/*", "docs/a.md"], ["/docs/**/a.md", "docs/x/y/a.md"], ["/docs/**/a.md", "docs/a.md"], ["/a?c", "abc"],
		["/.probity/", ".probity/system.yaml"], ["/a+b/", "a+b/c"], ["/policies", "policies/net/x.rego"], ["a/b", "a/b/c"],
	] {
		matches(case[0], case[1])
	}
	every case in [
		["*.py", "a/b.pyc"], ["/models/", "x/models/a"], ["/models/", "models"], ["/docs/*", "docs/x/a.md"],
		["/.probity/", "xprobity/system.yaml"], ["/a?c", "a/c"], ["a/b", "x/a/b"], ["/policies", "policies2/x"],
	] {
		not matches(case[0], case[1])
	}
}

test_the_last_rule_wins if {
	rules := [rule("*", ["@a"]), rule("/models/", ["@b", "@c"]), rule("/models/open/", [])]
	owners.of(owners.read(rules), "x") == {"@a"}
	owners.of(owners.read(rules), "models/x") == {"@b", "@c"}
	owners.of(owners.read(rules), "models/open/x") == set()
	owners.of([], "x") == set()
}

test_sections_count_together if {
	rules := [rule("*", ["@a"]), {"pattern": "*", "owners": ["@b"], "section": "risk"}]
	owners.of(owners.read(rules), "x") == {"@a", "@b"}
}
